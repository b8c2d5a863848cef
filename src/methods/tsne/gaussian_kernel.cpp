#include "methods/tsne/gaussian_kernel.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "methods/tsne/elementary.hpp"
#include "methods/tsne/map_columns.hpp"

namespace replearn::tsne {
namespace {

using Stretch = std::array<float, stretch>;

/// |y_i - y_j|^2 of point i and `count` points from `start`. own: coordinates of point i.
void squared_distances(const MapColumns& map, Index q, Index start, Index count, const float* own, float* squares) {
  std::fill(squares, squares + count, 0.0f);
  for (Index k = 0; k < q; ++k) {
    const float* column = map.column(k) + start;
    const float y = own[k];
#pragma omp simd
    for (Index j = 0; j < count; ++j) squares[j] += (y - column[j]) * (y - column[j]);
  }
}

/// Calls visit(start, count) for all segments of the map.
template <class Visit>
void for_stretches(const MapColumns& map, Visit visit) {
  for (Index start = 0; start < map.padded(); start += stretch) visit(start, std::min(stretch, map.padded() - start));
}

/// Moves point i of the map far away during the object's lifetime, since a point is not its own neighbor.
class PointMasked {
 public:
  PointMasked(MapColumns& map, Index i) : own_(map.column(0)[i]), y0_(own_) { own_ = MapColumns::far; }
  ~PointMasked() { own_ = y0_; }
  PointMasked(const PointMasked&) = delete;
  PointMasked& operator=(const PointMasked&) = delete;

 private:
  float& own_;
  float y0_;
};

}  // namespace

GaussianSums gaussian_sums(const RowPartition& partition, int rank, const RowMatrix& points) {
  const Index q = points.cols();
  MapColumns map(points);
  GaussianSums sums;
  Stretch squares;
  for (Index i = partition.begin(rank); i < partition.end(rank); ++i) {
    const PointMasked masked(map, i);
    const float* own = points.data() + i * q;
    float nearest = std::numeric_limits<float>::max();
    for_stretches(map, [&](Index start, Index count) {
      squared_distances(map, q, start, count, own, squares.data());
      float least = nearest;
#pragma omp simd reduction(min : least)
      for (Index j = 0; j < count; ++j) least = std::min(least, squares[j]);
      nearest = least;
    });
    double sum = 0;
    for_stretches(map, [&](Index start, Index count) {
      squared_distances(map, q, start, count, own, squares.data());
      float of_stretch = 0;
#pragma omp simd reduction(+ : of_stretch)
      for (Index j = 0; j < count; ++j) of_stretch += exponential(nearest - squares[j]);
      sum += static_cast<double>(of_stretch);
    });
    sums.nearest.push_back(nearest);
    sums.log_sums.push_back(static_cast<float>(std::log(sum)));
  }
  return sums;
}

RowMatrixD gaussian_repulsion(const RowPartition& partition, int rank, const RowMatrix& points,
                              const GaussianSums& sums) {
  const Index q = points.cols(), first = partition.begin(rank);
  MapColumns map(points);
  // Padded like the map: padding points are so far away that any number will do.
  auto nearest = sums.nearest, log_sums = sums.log_sums;
  nearest.resize(map.padded(), 0.0f);
  log_sums.resize(map.padded(), 0.0f);
  RowMatrixD forces = RowMatrixD::Zero(partition.count(rank), q);
  Stretch weights;
  for (Index i = first; i < partition.end(rank); ++i) {
    const PointMasked masked(map, i);
    const float* own = points.data() + i * q;
    const float my_nearest = nearest[i], my_log = log_sums[i];
    for_stretches(map, [&](Index start, Index count) {
      squared_distances(map, q, start, count, own, weights.data());
      const float* near = nearest.data() + start;
      const float* logs = log_sums.data() + start;
      float* w = weights.data();
#pragma omp simd
      for (Index j = 0; j < count; ++j) {
        w[j] = exponential((my_nearest - w[j]) - my_log) + exponential((near[j] - w[j]) - logs[j]);
      }
      for (Index k = 0; k < q; ++k) {
        const float* column = map.column(k) + start;
        float sum = 0;
#pragma omp simd reduction(+ : sum)
        for (Index j = 0; j < count; ++j) sum += w[j] * (own[k] - column[j]);
        forces(i - first, k) += static_cast<double>(sum);
      }
    });
  }
  return forces;
}

}  // namespace replearn::tsne
