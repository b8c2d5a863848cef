#include "app/forecast/forecast.hpp"

#include <algorithm>
#include <cmath>

namespace replearn::app {

PhaseTime time_of(const PhaseCost& cost, const Layout& layout, const MachineRates& rates) {
  const auto nodes = static_cast<double>(layout.nodes), ranks = static_cast<double>(layout.ranks());
  // Of what a node receives, one part of `nodes` comes from itself.
  const double others = (nodes - 1) / nodes;
  const double in_network = others * (cost.gathered + cost.exchanged / nodes) / rates.bandwidth +
                            cost.collectives * std::ceil(std::log2(nodes)) * rates.latency;
  return {(cost.seconds / ranks + cost.repeated) / rates.core + in_network, in_network};
}

double JobForecast::on_node(const MemoryNeed& need) const {
  return need.on_node(static_cast<int>(layout.ranks_per_node), static_cast<int>(layout.ranks()));
}

void JobForecast::hold(const MemoryNeed& need, const std::string& name) {
  held_ = held_ + need;
  peak_ = std::max(peak_, on_node(held_));
  if (!name.empty()) named_.insert(name);
}

void JobForecast::add(const PhaseCost& cost, const MemoryNeed& during) {
  peak_ = std::max(peak_, on_node(held_ + during));
  const auto known = std::ranges::find(phases_, cost.phase, &PhaseCost::phase);
  if (known == phases_.end()) {
    phases_.push_back(cost);
    return;
  }
  known->seconds += cost.seconds;
  known->repeated += cost.repeated;
  known->collectives += cost.collectives;
  known->gathered += cost.gathered;
  known->exchanged += cost.exchanged;
}

}  // namespace replearn::app
