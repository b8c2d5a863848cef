#include "methods/map_quality/centroids.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "methods/map_quality/sampled_rows.hpp"
#include "numerics/rank_correlation.hpp"

namespace replearn::map_quality {
namespace {

/// Means of the rows of each label, summed in order.
RowMatrixD centroids_of(const Space& space, const Labels& labels) {
  RowMatrixD sums = RowMatrixD::Zero(labels.count, space.columns());
  for (Index i = 0; i < space.rows(); ++i) {
    const auto code = labels.codes[i];
    for (Index k = 0; code >= 0 && k < space.columns(); ++k) sums(code, k) += static_cast<double>(space.row(i)[k]);
  }
  const auto sizes = labels.sizes();
  for (Index code = 0; code < labels.count; ++code) sums.row(code) /= static_cast<double>(sizes[code]);
  return sums;
}

/// The k nearest other rows of row i, by distance, ties by index; the indices ascending.
std::vector<Index> nearest_rows(const RowMatrixD& points, Index i, Index k) {
  std::vector<std::pair<double, Index>> others;
  for (Index j = 0; j < points.rows(); ++j) {
    if (j != i) others.emplace_back((points.row(i) - points.row(j)).squaredNorm(), j);
  }
  std::sort(others.begin(), others.end());
  std::vector<Index> rows;
  for (Index at = 0; at < k; ++at) rows.push_back(others[at].second);
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::vector<double> distances_of(const RowMatrixD& points) {
  std::vector<double> distances;
  for (Index i = 0; i < points.rows(); ++i) {
    for (Index j = i + 1; j < points.rows(); ++j) distances.push_back((points.row(i) - points.row(j)).norm());
  }
  return distances;
}

}  // namespace

std::vector<Index> Labels::sizes() const {
  std::vector<Index> result(count, 0);
  for (const auto code : codes) {
    if (code >= 0) ++result[code];
  }
  return result;
}

Index knc_neighbors(Index labels) { return std::clamp<Index>((labels - 1) / 2, 1, 10); }

CentroidScores compare_centroids(const Space& reference, const Space& map, const Labels& labels) {
  const RowMatrixD given = centroids_of(reference, labels), mapped = centroids_of(map, labels);
  const Index count = given.rows(), k = knc_neighbors(count);
  constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
  if (count < 2) return {undefined, undefined};
  Index common = 0;
  for (Index i = 0; i < count; ++i) {
    const auto a = nearest_rows(given, i, k), b = nearest_rows(mapped, i, k);
    std::vector<Index> both;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
    common += std::ssize(both);
  }
  return {static_cast<double>(common) / static_cast<double>(count * k),
          spearman(distances_of(given), distances_of(mapped))};
}

double sampled_distance_correlation(const Space& reference, const Space& map, std::uint64_t seed) {
  const auto rows = sample_rows(reference.rows(), cpd_rows, seed, Purpose::evaluation_points);
  std::vector<double> x, y;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = i + 1; j < rows.size(); ++j) {
      x.push_back(reference.square(rows[i], rows[j]));
      y.push_back(map.square(rows[i], rows[j]));
    }
  }
  return spearman(x, y);
}

}  // namespace replearn::map_quality
