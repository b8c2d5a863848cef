#include <algorithm>
#include <array>
#include <vector>

#include "methods/tsne/elementary.hpp"
#include "methods/tsne/gradient.hpp"
#include "methods/tsne/map_columns.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::tsne {
namespace {

/// Repulsion of point i by the points [begin, begin + count) of the map; adds to force[0..q) and returns their
/// contribution to Z.
using Kernel = float (*)(const MapColumns&, Index q, Index begin, Index count, Index i, float y0, float dof,
                         double* force);

/// q = 2 in one pass. A pair costs 13 flops and one division, which dominates the time.
float repel_in_plane(const MapColumns& map, Index, Index begin, Index count, Index i, float y0, float, double* force) {
  const float* xs = map.column(0) + begin;
  const float* ys = map.column(1) + begin;
  const float y1 = map.column(1)[i];
  float z = 0, fx = 0, fy = 0;
#pragma omp simd reduction(+ : z, fx, fy)
  for (Index j = 0; j < count; ++j) {
    const float dx = y0 - xs[j], dy = y1 - ys[j];
    const float w = 1.0f / (1.0f + dx * dx + dy * dy);
    z += w;
    fx += w * w * dx;
    fy += w * w * dy;
  }
  force[0] += static_cast<double>(fx);
  force[1] += static_cast<double>(fy);
  return z;
}

/// Any q, with one pass per dimension; any degrees of freedom.
template <bool any_dof>
float repel(const MapColumns& map, Index q, Index begin, Index count, Index i, float y0, float dof, double* force) {
  std::array<float, stretch> weights;
  float* w = weights.data();
  std::fill(w, w + count, 1.0f);
  for (Index k = 0; k < q; ++k) {
    const float* column = map.column(k) + begin;
    const float y = k == 0 ? y0 : map.column(k)[i];
#pragma omp simd
    for (Index j = 0; j < count; ++j) w[j] += (y - column[j]) * (y - column[j]);
  }
  float z = 0;
#pragma omp simd reduction(+ : z)
  for (Index j = 0; j < count; ++j) {
    const float inverse = 1.0f / w[j];
    // Padding points are infinitely far, where a small power of 1 / w would still contribute.
    const float share = any_dof ? (inverse > 0 ? inverse_power(w[j], dof) : 0.0f) : inverse;
    z += share;
    w[j] = share * inverse;
  }
  for (Index k = 0; k < q; ++k) {
    const float* column = map.column(k) + begin;
    const float y = k == 0 ? y0 : map.column(k)[i];
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (Index j = 0; j < count; ++j) sum += w[j] * (y - column[j]);
    force[k] += static_cast<double>(sum);
  }
  return z;
}

}  // namespace

Repulsion repulsion(const mpi::Communicator& comm, const RowPartition& partition, const MapView& points, double dof) {
  const Index q = points.cols(), first = partition.begin(comm.rank());
  const Kernel kernel = dof != 1 ? repel<true> : q == 2 ? repel_in_plane : repel<false>;
  MapColumns map(points);
  Repulsion result{RowMatrixD::Zero(partition.count(comm.rank()), q), 0};
  std::vector<double> z_of_blocks, z_of_rows;
  for (Index block = partition.first_block(comm.rank()); block < partition.end_block(comm.rank()); ++block) {
    const Index begin = partition.block_begin(block), end = partition.block_end(block);
    z_of_rows.assign(end - begin, 0.0);
    for (Index start = 0; start < map.padded(); start += stretch) {
      const Index count = std::min(stretch, map.padded() - start);
      for (Index i = begin; i < end; ++i) {
        // A point does not repel itself: it is moved far away while the others act on it.
        float& own = map.column(0)[i];
        const float y0 = own;
        own = MapColumns::far;
        const float z =
            kernel(map, q, start, count, i, y0, static_cast<float>(dof), result.forces.data() + (i - first) * q);
        own = y0;
        z_of_rows[i - begin] += static_cast<double>(z);
      }
    }
    double z = 0;
    for (const double of_row : z_of_rows) z += of_row;
    z_of_blocks.push_back(z);
  }
  result.z = mpi::reproducible_sum(comm, z_of_blocks, partition.blocks());
  return result;
}

}  // namespace replearn::tsne
