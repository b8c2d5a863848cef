#include "methods/map_quality/nearest.hpp"

#include <algorithm>
#include <cmath>

namespace replearn::map_quality {
namespace {

void keep_nearest(std::vector<Neighbor>& neighbors, Index k) {
  const auto end = neighbors.begin() + std::min<std::ptrdiff_t>(k, std::ssize(neighbors));
  std::partial_sort(neighbors.begin(), end, neighbors.end());
  neighbors.erase(end, neighbors.end());
}

std::vector<Neighbor> nearest_of_all(const Space& space, Index row, Index k) {
  std::vector<Neighbor> all;
  all.reserve(space.rows() - 1);
  for (Index j = 0; j < space.rows(); ++j) {
    if (j != row) all.push_back({space.square(row, j), j});
  }
  keep_nearest(all, k);
  return all;
}

}  // namespace

NeighborLists exact_neighbors(const Space& space, const NeighborGraph& graph, Index k) {
  // Relative rounding error of a squared float32 distance: 16 lanes, their sum, root and square.
  const double rounding = (static_cast<double>(space.columns()) / 16 + 24) * 0x1p-23;
  NeighborLists lists;
  lists.all.reserve(graph.local_rows() * k);
  std::vector<Neighbor> found;
  for (Index i = 0; i < graph.local_rows(); ++i) {
    const Index row = graph.first_row() + i, begin = graph.offsets[i], end = graph.offsets[i + 1];
    found.clear();
    for (Index at = begin; at < end; ++at) {
      found.push_back({space.square(row, graph.indices[at]), graph.indices[at]});
    }
    const auto last = static_cast<double>(end > begin ? graph.distances[end - 1] : 0.0f);
    const double farthest = end > begin ? std::max_element(found.begin(), found.end())->square : 0;
    keep_nearest(found, k);
    // Rows beyond the list are at least at the distance of its last; equal ones come in the order of their index.
    const bool all_found = end - begin == space.rows() - 1;
    const bool decided = all_found || found.back().square < last * last * (1 - rounding) || farthest == 0;
    if (!decided) found = nearest_of_all(space, row, k);
    lists.all.insert(lists.all.end(), found.begin(), found.end());
    lists.offsets.push_back(static_cast<Index>(lists.all.size()));
  }
  return lists;
}

}  // namespace replearn::map_quality
