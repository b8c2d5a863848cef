#pragma once
#include <set>
#include <string>
#include <vector>

#include "app/forecast/data_sizes.hpp"
#include "base/memory_need.hpp"

namespace replearn::app {

/// The nodes of a job and the ranks on each.
struct Layout {
  Index nodes = 1, ranks_per_node = 1;
  double available = 0;  ///< bytes of memory of a node
  Index ranks() const { return nodes * ranks_per_node; }
};

/// Speed of a machine.
struct MachineRates {
  double core = 1;          ///< of a core, relative to the one on which the costs of the verbs were measured
  double bandwidth = 1e9;   ///< bytes per second between a node and the others
  double latency = 5e-5;    ///< seconds of a message between nodes
};

/// What a phase takes. Phases of the same name are added.
struct PhaseCost {
  std::string phase;
  double seconds = 0;      ///< of one core at speed 1, divided among the ranks
  double repeated = 0;     ///< seconds that do not shrink with the number of ranks
  double collectives = 0;  ///< number of collective operations
  double gathered = 0;     ///< bytes that every node receives, whatever the number of nodes
  double exchanged = 0;    ///< bytes that cross the network once if there are very many nodes
};

/// Seconds of a phase; of which in the network.
struct PhaseTime {
  double seconds = 0, in_network = 0;
};
PhaseTime time_of(const PhaseCost& cost, const Layout& layout, const MachineRates& rates);

/// What a job will take: filled step by step, in the order in which the steps run. Each step adds its phases and says
/// what stays in memory after it, and changes `data` as its results would. Local; the same on all ranks.
class JobForecast {
 public:
  JobForecast(DataSizes sizes, Layout job_layout) : data(std::move(sizes)), layout(job_layout) {}

  DataSizes data;
  const Layout layout;
  Index announced_neighbors = 0;  ///< of a later step: an earlier one searches for as many
  bool writes_x = false;  ///< the output's X is not that of the input

  /// Adds a phase, during which the job needs this much memory besides what it holds.
  void add(const PhaseCost& cost, const MemoryNeed& during = {});
  /// From now on the job holds this, under a name if others ask for it.
  void hold(const MemoryNeed& need, const std::string& name = "");
  bool holds(const std::string& name) const { return named_.contains(name); }

  /// Peak on a node, in bytes.
  double peak_on_node() const { return peak_; }
  const std::vector<PhaseCost>& phases() const { return phases_; }

 private:
  double on_node(const MemoryNeed& need) const;

  std::vector<PhaseCost> phases_;
  MemoryNeed held_{process_memory, 0, 0};
  std::set<std::string> named_;
  double peak_ = 0;
};

}  // namespace replearn::app
