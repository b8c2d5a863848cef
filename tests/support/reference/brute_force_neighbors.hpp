#pragma once
#include <algorithm>
#include <utility>
#include <vector>

#include "numerics/blocked_distances.hpp"
#include "numerics/scale_units.hpp"

namespace replearn::test {

/// Distances between all rows of a and all of b, measured in the powers of two that keep their squares in float32.
inline RowMatrix distances_in_units(Metric metric, const RowMatrix& a, const RowMatrix& b, const ScaleUnits& units) {
  const RowMatrix from = (a.cast<double>() / units.data).cast<float>(), to = (b.cast<double>() / units.data).cast<float>();
  RowMatrix distances(a.rows(), b.rows());
  direct_distances(metric, from.data(), from.rows(), to.data(), to.rows(), from.cols(), distances.data(), to.rows());
  return (distances.cast<double>() * units.length).cast<float>();
}

/// The twin of neighbors::nearest_neighbors: all pairs measured directly, each row sorted whole.
/// Row i: its k (distance, index) pairs.
inline std::vector<std::vector<std::pair<float, Index>>> brute_force_neighbors(Metric metric, const RowMatrix& x,
                                                                               Index k) {
  std::vector<std::vector<std::pair<float, Index>>> lists;
  const RowMatrix distances = distances_in_units(metric, x, x, scale_units(x, metric));
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
