#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/value_tree.hpp"
#include "mpi/communicator.hpp"

namespace replearn::app {

/// Timings per phase: seconds of the slowest rank and mean, fraction spent in MPI, bytes sent; and the peak memory per
/// rank.
class PhaseTable {
 public:
  explicit PhaseTable(const mpi::Communicator& comm) : comm_(comm) {}

  /// Runs `work` and adds its time to the phase `name`.
  template <class Work>
  auto measure(const std::string& name, Work&& work) {
    const Booking booking(*this, name);
    return work();
  }

  /// Calls this whenever a phase begins, with its name.
  void on_begin(std::function<void(const std::string&)> observer) { observer_ = std::move(observer); }

  /// Adds a figure of the whole job below the table, such as "bytes per word between models". The same on all
  /// ranks.
  void add_figure(const std::string& name, double value) { figures_.push_back({name, value}); }

  struct Figure {
    std::string name;
    double value;
  };
  /// Timings over all ranks. Collective.
  struct Row {
    std::string name;
    double slowest, mean, in_mpi, bytes_sent,
        bytes_between_nodes, calls;  // seconds of the slowest rank, means over ranks of the others
  };
  struct Summary {
    std::vector<Row> rows;
    double peak_memory_largest, peak_memory_mean;
    int ranks;
    Shares shares;
    std::vector<Figure> figures;
  };
  Summary summarize() const;
  /// The timings of this rank alone, in the same form. Local.
  Summary summarize_rank() const;

 private:
  struct Phase {
    std::string name;
    double seconds = 0, in_mpi = 0, bytes_sent = 0, bytes_between_nodes = 0, calls = 0;
  };
  class Booking {
   public:
    Booking(PhaseTable& table, const std::string& name);
    ~Booking();
    Booking(const Booking&) = delete;
    Booking& operator=(const Booking&) = delete;

   private:
    PhaseTable& table_;
    std::size_t phase_;
    double start_;
    mpi::Traffic before_;
  };
  const mpi::Communicator& comm_;
  std::vector<Phase> phases_;
  std::vector<Figure> figures_;
  std::function<void(const std::string&)> observer_;
};

/// "by speed: rank 3 gets 0.52 of an even share of the rows, rank 0 1.20" (minimum and maximum), or that shares are
/// equal.
std::string shares_text(const Shares& shares);
/// The table as text for the log.
std::string table_text(const PhaseTable::Summary& summary);
/// The table as JSON.
std::string table_json(const PhaseTable::Summary& summary);
/// The record for uns/replearn/<verb>/timings: seconds of the slowest rank per phase.
ValueTree table_record(const PhaseTable::Summary& summary);

}  // namespace replearn::app
