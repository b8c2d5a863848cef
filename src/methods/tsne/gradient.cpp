#include "methods/tsne/gradient.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "methods/tsne/map_columns.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::tsne {
RowMatrixD attraction(const SparseRows& p, const RowMatrix& points) {
  const Index q = points.cols();
  const MapColumns map(points);
  RowMatrixD forces = RowMatrixD::Zero(p.local_rows(), q);
  std::array<float, stretch> weights;
  for (Index i = 0; i < p.local_rows(); ++i) {
    const Index end = p.offsets[static_cast<std::size_t>(i) + 1], row = p.first_row() + i;
    for (Index at = p.offsets[static_cast<std::size_t>(i)]; at < end; at += stretch) {
      const Index count = std::min(stretch, end - at);
      const std::int32_t* js = p.indices.data() + at;
      const float* ps = p.values.data() + at;
      float* w = weights.data();
      std::fill(w, w + count, 1.0f);
      for (Index k = 0; k < q; ++k) {
        const float* column = map.column(k);
        const float y = column[row];
#pragma omp simd
        for (Index j = 0; j < count; ++j) w[j] += (y - column[js[j]]) * (y - column[js[j]]);
      }
#pragma omp simd
      for (Index j = 0; j < count; ++j) w[j] = ps[j] / w[j];
      for (Index k = 0; k < q; ++k) {
        const float* column = map.column(k);
        const float y = column[row];
        float force = 0;
#pragma omp simd reduction(+ : force)
        for (Index j = 0; j < count; ++j) force += w[j] * (y - column[js[j]]);
        forces(i, k) += static_cast<double>(force);
      }
    }
  }
  return forces;
}

double kl_divergence(const mpi::Communicator& comm, const SparseRows& p, const RowMatrix& points, double z) {
  const RowPartition& partition = p.partition;
  const double log_z = std::log(z);
  std::vector<double> partials;
  for (Index block = partition.first_block(p.rank); block < partition.end_block(p.rank); ++block) {
    double sum = 0;
    for (Index row = partition.block_begin(block); row < partition.block_end(block); ++row) {
      const auto i = static_cast<std::size_t>(row - p.first_row());
      for (auto at = static_cast<std::size_t>(p.offsets[i]); at < static_cast<std::size_t>(p.offsets[i + 1]); ++at) {
        const double probability = static_cast<double>(p.values[at]);
        if (probability == 0) continue;  // p log p -> 0
        double square = 0;
        for (Index k = 0; k < points.cols(); ++k) {
          const double difference = static_cast<double>(points(row, k)) - static_cast<double>(points(p.indices[at], k));
          square += difference * difference;
        }
        sum += probability * (std::log(probability) + std::log1p(square) + log_z);
      }
    }
    partials.push_back(sum);
  }
  return mpi::reproducible_sum(comm, partials, partition.blocks());
}

}  // namespace replearn::tsne
