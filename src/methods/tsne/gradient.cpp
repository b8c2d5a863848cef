#include "methods/tsne/gradient.hpp"

#include <cmath>
#include <vector>

#include "mpi/reproducible_sum.hpp"

namespace replearn::tsne {
namespace {

/// Adds sum_j p_ij w_ij (y_i - y_j) over one row's stored pairs to force[0..q). Points come from all over the map, so
/// vector registers gain nothing, and float64 costs little more. Fixed: q where the compiler is to know it, else 0.
template <Index Fixed>
void pull(const float* p, const std::int32_t* js, Index count, const RowMatrix& points, Index i, double* force) {
  const Index q = Fixed > 0 ? Fixed : points.cols();
  const float* y = points.data() + i * q;
  for (Index at = 0; at < count; ++at) {
    const float* other = points.data() + js[at] * q;
    double denominator = 1;
    for (Index k = 0; k < q; ++k) {
      const double difference = static_cast<double>(y[k]) - static_cast<double>(other[k]);
      denominator += difference * difference;
    }
    const double weight = static_cast<double>(p[at]) / denominator;
    for (Index k = 0; k < q; ++k) force[k] += weight * (static_cast<double>(y[k]) - static_cast<double>(other[k]));
  }
}

}  // namespace

RowMatrixD attraction(const SparseRows& p, const RowMatrix& points) {
  RowMatrixD forces = RowMatrixD::Zero(p.local_rows(), points.cols());
  const auto pull_row = points.cols() == 2 ? pull<2> : pull<0>;
  for (Index i = 0; i < p.local_rows(); ++i) {
    const Index begin = p.offsets[static_cast<std::size_t>(i)], end = p.offsets[static_cast<std::size_t>(i) + 1];
    pull_row(p.values.data() + begin, p.indices.data() + begin, end - begin, points, p.first_row() + i,
             forces.data() + i * points.cols());
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
