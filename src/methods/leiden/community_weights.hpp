#pragma once
#include <cstdint>
#include <vector>

#include "methods/leiden/graph.hpp"

namespace replearn::leiden {

/// Weights between a node and each of the communities of its neighbors.
class CommunityWeights {
 public:
  explicit CommunityWeights(std::size_t communities) : sums_(communities) {}

  /// of(j): community of neighbor j, or -1 to leave it out. Local.
  template <class CommunityOf>
  void sum(const Graph& graph, Index local_node, CommunityOf&& of) {
    clear();
    add(graph, local_node, of);
  }
  /// Adds the weights of another node.
  template <class CommunityOf>
  void add(const Graph& graph, Index local_node, CommunityOf&& of) {
    for (Index e = graph.offsets[local_node]; e < graph.offsets[local_node + 1]; ++e) {
      add(of(Index{graph.neighbors[e]}), graph.weights[e]);
    }
  }
  void add(std::int32_t community, std::int64_t weight) {
    if (community < 0) return;
    auto& sum = sums_[static_cast<std::size_t>(community)];
    if (sum == 0) touched_.push_back(community);  // weights are positive
    sum += weight;
  }
  void clear() {
    for (const auto community : touched_) sums_[static_cast<std::size_t>(community)] = 0;
    touched_.clear();
  }
  std::int64_t operator[](std::int32_t community) const { return sums_[static_cast<std::size_t>(community)]; }
  std::vector<std::int32_t>& touched() { return touched_; }

 private:
  std::vector<std::int64_t> sums_;
  std::vector<std::int32_t> touched_;
};

}  // namespace replearn::leiden
