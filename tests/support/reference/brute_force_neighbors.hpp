#pragma once
#include <algorithm>
#include <utility>
#include <vector>

#include "numerics/blocked_distances.hpp"

namespace replearn::test {

/// The twin of neighbors::nearest_neighbors: all pairs measured directly, each row sorted whole.
/// Row i: its k (distance, index) pairs.
inline std::vector<std::vector<std::pair<float, Index>>> brute_force_neighbors(Metric metric, const RowMatrix& x,
                                                                               Index k) {
  std::vector<std::vector<std::pair<float, Index>>> lists;
  RowMatrix distances(x.rows(), x.rows());
  direct_distances(metric, x.data(), x.rows(), x.data(), x.rows(), x.cols(), distances.data(), x.rows());
  for (Index i = 0; i < x.rows(); ++i) {
    auto& list = lists.emplace_back();
    for (Index j = 0; j < x.rows(); ++j) {
      if (j != i) list.emplace_back(distances(i, j), j);
    }
    std::sort(list.begin(), list.end());
    list.resize(static_cast<std::size_t>(k));
  }
  return lists;
}

}  // namespace replearn::test
