#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data/neighbor_graph.hpp"
#include "methods/neighbors/neighbors.hpp"

namespace replearn::app {

/// A neighbor search: of which rows, and how.
struct NeighborSearch {
  std::string use_rep;
  std::vector<std::string> feature_types;
  neighbors::Options options;
};

/// One search for the steps of a job that need neighbors of the same rows: a later step announces its search, an
/// earlier one with fewer neighbors makes it and takes the nearest of each row. Local; the same on all ranks.
class SharedSearch {
 public:
  void announce(NeighborSearch search) { announced_ = std::move(search); }
  /// The options for a search that is about to be made: with the announced number of neighbors, if that is larger and
  /// nothing else differs.
  neighbors::Options widened(const NeighborSearch& search) const;
  /// Keeps the graph found with widened options.
  void keep(NeighborGraph graph) { graph_ = std::move(graph); }
  /// Whether the kept graph is what this search would find.
  bool has(const NeighborSearch& search) const;
  /// The kept graph, which is then no longer kept. Only if has(search).
  NeighborGraph take() { return *std::exchange(graph_, std::nullopt); }

 private:
  std::optional<NeighborSearch> announced_;
  std::optional<NeighborGraph> graph_;
};

/// The first k neighbors of each row, all if it has fewer.
NeighborGraph nearest_of(const NeighborGraph& graph, Index k);

}  // namespace replearn::app
