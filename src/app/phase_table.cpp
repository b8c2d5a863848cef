#include "app/phase_table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "base/stopwatch.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

PhaseTable::Booking::Booking(PhaseTable& table, const std::string& name)
    : table_(table), start_(now()), before_(table.comm_.traffic()) {
  const auto at =
      std::find_if(table.phases_.begin(), table.phases_.end(), [&](const auto& p) { return p.name == name; });
  phase_ = static_cast<std::size_t>(at - table.phases_.begin());
  if (at == table.phases_.end()) table.phases_.push_back({name});
  if (table.observer_) table.observer_(name);
}

PhaseTable::Booking::~Booking() {
  auto& phase = table_.phases_[phase_];
  const auto& after = table_.comm_.traffic();
  phase.seconds += now() - start_;
  phase.in_mpi += after.seconds - before_.seconds;
  phase.bytes_sent += after.bytes_sent - before_.bytes_sent;
  phase.bytes_between_nodes += after.bytes_between_nodes - before_.bytes_between_nodes;
  phase.calls += static_cast<double>(after.calls - before_.calls);
}

PhaseTable::Summary PhaseTable::summarize() const {
  Summary summary{{}, 0, 0, comm_.size(), comm_.shares(), figures_};
  const auto mean = [&](double value) { return mpi::all_reduce(comm_, value, mpi::Reduction::sum) / comm_.size(); };
  const auto largest = [&](double value) { return mpi::all_reduce(comm_, value, mpi::Reduction::max); };
  const auto phases = phases_;  // the reductions below add traffic
  for (const auto& phase : phases) {
    summary.rows.push_back({phase.name, largest(phase.seconds), mean(phase.seconds), mean(phase.in_mpi),
                            mean(phase.bytes_sent), mean(phase.bytes_between_nodes), mean(phase.calls)});
  }
  summary.peak_memory_largest = largest(peak_memory_bytes());
  summary.peak_memory_mean = mean(peak_memory_bytes());
  return summary;
}

PhaseTable::Summary PhaseTable::summarize_rank() const {
  Summary summary{{}, peak_memory_bytes(), peak_memory_bytes(), comm_.size(), comm_.shares(), figures_};
  for (const auto& phase : phases_) {
    summary.rows.push_back({phase.name, phase.seconds, phase.seconds, phase.in_mpi, phase.bytes_sent,
                            phase.bytes_between_nodes, phase.calls});
  }
  return summary;
}

std::string shares_text(const Shares& shares) {
  if (shares.are_equal()) return "ranks are equally fast and get equal numbers of rows";
  int least = 0, most = 0;
  for (int r = 1; r < shares.ranks(); ++r) {
    if (shares.of(r) < shares.of(least)) least = r;
    if (shares.of(r) > shares.of(most)) most = r;
  }
  return fmt::format("by speed: rank {} gets {:.2f} of an even share of the rows, rank {} {:.2f}", least,
                     shares.ranks() * shares.of(least), most, shares.ranks() * shares.of(most));
}

std::string table_text(const PhaseTable::Summary& summary) {
  std::string text = fmt::format("{:18} {:>12} {:>12} {:>8} {:>10} {:>13} {:>14}\n", "phase", "slowest rank", "mean",
                                 "in MPI", "MPI calls", "sent per rank", "to other nodes");
  PhaseTable::Row total{"total", 0, 0, 0, 0, 0, 0};
  const auto line = [](const PhaseTable::Row& row) {
    return fmt::format("{:18} {:>12} {:>12} {:7.0f}% {:>10.0f} {:>13} {:>14}\n", row.name, duration_text(row.slowest),
                       duration_text(row.mean), row.mean > 0 ? 100 * row.in_mpi / row.mean : 0.0, row.calls,
                       bytes_text(row.bytes_sent), bytes_text(row.bytes_between_nodes));
  };
  for (const auto& row : summary.rows) {
    text += line(row);
    total.slowest += row.slowest;
    total.mean += row.mean;
    total.in_mpi += row.in_mpi;
    total.bytes_sent += row.bytes_sent;
    total.bytes_between_nodes += row.bytes_between_nodes;
    total.calls += row.calls;
  }
  text += line(total);
  for (const auto& figure : summary.figures) text += fmt::format("{}: {:.1f}\n", figure.name, figure.value);
  return text +
         fmt::format("{} rank{}; peak memory per rank {} at most, {} on average", summary.ranks,
                     summary.ranks == 1 ? "" : "s", bytes_text(summary.peak_memory_largest),
                     bytes_text(summary.peak_memory_mean)) +
         (summary.shares.are_equal() ? "" : "; " + shares_text(summary.shares));
}

std::string table_json(const PhaseTable::Summary& summary) {
  std::string text =
      fmt::format("{{\n  \"ranks\": {},\n  \"peak_memory_bytes\": {{\"largest\": {:.0f}, \"mean\": {:.0f}}},\n",
                  summary.ranks, summary.peak_memory_largest, summary.peak_memory_mean);
  if (!summary.shares.are_equal()) {
    text += "  \"shares\": [";
    for (int r = 0; r < summary.ranks; ++r) text += fmt::format("{}{:.6f}", r == 0 ? "" : ", ", summary.shares.of(r));
    text += "],\n";
  }
  text += "  \"phases\": [";
  const char* separator = "\n";
  for (const auto& row : summary.rows) {
    text += fmt::format(
        "{}    {{\"name\": \"{}\", \"seconds_slowest\": {:.6f}, \"seconds_mean\": {:.6f}, \"seconds_in_mpi\": "
        "{:.6f}, \"bytes_sent_per_rank\": {:.0f}, \"bytes_to_other_nodes_per_rank\": {:.0f}, \"mpi_calls_per_rank\": {:.0f}}}",
        separator, row.name, row.slowest, row.mean, row.in_mpi, row.bytes_sent, row.bytes_between_nodes, row.calls);
    separator = ",\n";
  }
  text += "\n  ],\n  \"figures\": {";
  separator = "\n";
  for (const auto& figure : summary.figures) {
    text += fmt::format("{}    \"{}\": {:.6f}", separator, figure.name, figure.value);
    separator = ",\n";
  }
  return text + "\n  }\n}\n";
}

ValueTree table_record(const PhaseTable::Summary& summary) {
  ValueTree tree;
  for (const auto& row : summary.rows) tree.set(row.name, Value(row.slowest));
  return tree;
}

}  // namespace replearn::app
