#include "app/shared_search.hpp"

#include <algorithm>

namespace replearn::app {
namespace {

bool same_but_for_count(const NeighborSearch& a, const NeighborSearch& b) {
  auto options = a.options;
  options.neighbors = b.options.neighbors;
  return a.use_rep == b.use_rep && a.feature_types == b.feature_types && options == b.options;
}

}  // namespace

neighbors::Options SharedSearch::widened(const NeighborSearch& search) const {
  auto options = search.options;
  if (announced_ && same_but_for_count(*announced_, search)) {
    options.neighbors = std::max(options.neighbors, announced_->options.neighbors);
  }
  return options;
}

bool SharedSearch::has(const NeighborSearch& search) const {
  return graph_ && announced_ && same_but_for_count(*announced_, search) &&
         announced_->options.neighbors == search.options.neighbors;
}

NeighborGraph nearest_of(const NeighborGraph& graph, Index k) {
  NeighborGraph nearest{graph.partition, graph.rank, {0}, {}, {}};
  for (Index i = 0; i < graph.local_rows(); ++i) {
    const Index begin = graph.offsets[i];
    const Index end = std::min(graph.offsets[static_cast<std::size_t>(i) + 1], begin + k);
    nearest.indices.insert(nearest.indices.end(), graph.indices.begin() + begin, graph.indices.begin() + end);
    nearest.distances.insert(nearest.distances.end(), graph.distances.begin() + begin, graph.distances.begin() + end);
    nearest.offsets.push_back(nearest.offsets.back() + end - begin);
  }
  return nearest;
}

}  // namespace replearn::app
