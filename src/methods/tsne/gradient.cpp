#include "methods/tsne/gradient.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "mpi/reproducible_sum.hpp"

namespace replearn::tsne {
namespace {

constexpr Index stretch_of_pairs = 256;

/// Adds sum_j p_ij w_ij (y_i - y_j) over a stretch of one row's stored pairs to force[0..q). The other points come from
/// all over the map: first they are brought together, then vector registers have something to do. What is missing to
/// whole registers is filled with the point itself, which does not pull.
template <Index q>
void pull(const float* p, const std::int32_t* js, Index count, const float* points, Index i, double* force) {
  struct Point {
    float y[q];
  };
  const Point* map = reinterpret_cast<const Point*>(points);
  const Point own = map[i];
  std::array<Point, stretch_of_pairs> others;
  std::array<float, stretch_of_pairs> last;
  for (Index at = 0; at < count; ++at) others[static_cast<std::size_t>(at)] = map[js[at]];
  const Index filled = ceil_div(count, 16) * 16;
  if (filled > count) {
    std::fill(others.begin() + count, others.begin() + filled, own);
    std::copy_n(p, count, last.begin());
    std::fill(last.begin() + count, last.begin() + filled, 0.0f);
    p = last.data();
  }
  const float* other = others[0].y;
  if constexpr (q == 1) {
    const float x = own.y[0];
    float fx = 0;
#pragma omp simd reduction(+ : fx)
    for (Index at = 0; at < filled; ++at) {
      const float dx = x - other[at];
      fx += p[at] / (1.0f + dx * dx) * dx;
    }
    force[0] += static_cast<double>(fx);
  } else if constexpr (q == 2) {
    const float x = own.y[0], y = own.y[1];
    float fx = 0, fy = 0;
#pragma omp simd reduction(+ : fx, fy)
    for (Index at = 0; at < filled; ++at) {
      const float dx = x - other[2 * at], dy = y - other[2 * at + 1];
      const float weight = p[at] / (1.0f + dx * dx + dy * dy);
      fx += weight * dx;
      fy += weight * dy;
    }
    force[0] += static_cast<double>(fx);
    force[1] += static_cast<double>(fy);
  } else {
    const float x = own.y[0], y = own.y[1], z = own.y[2];
    float fx = 0, fy = 0, fz = 0;
#pragma omp simd reduction(+ : fx, fy, fz)
    for (Index at = 0; at < filled; ++at) {
      const float dx = x - other[3 * at], dy = y - other[3 * at + 1], dz = z - other[3 * at + 2];
      const float weight = p[at] / (1.0f + dx * dx + dy * dy + dz * dz);
      fx += weight * dx;
      fy += weight * dy;
      fz += weight * dz;
    }
    force[0] += static_cast<double>(fx);
    force[1] += static_cast<double>(fy);
    force[2] += static_cast<double>(fz);
  }
}

/// The same for any q, pair by pair.
void pull_in_many(const float* p, const std::int32_t* js, Index count, const RowMatrix& points, Index i,
                  double* force) {
  const Index q = points.cols();
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

void attraction(const SparseRows& p, const RowMatrix& points, RowMatrixD& forces) {
  const Index q = points.cols();
  const auto pull_few = q == 1 ? pull<1> : q == 2 ? pull<2> : pull<3>;
  forces.setZero(p.local_rows(), q);
  for (Index i = 0; i < p.local_rows(); ++i) {
    const Index end = p.offsets[static_cast<std::size_t>(i) + 1];
    double* force = forces.data() + i * q;
    for (Index at = p.offsets[static_cast<std::size_t>(i)]; at < end; at += stretch_of_pairs) {
      const Index count = std::min(stretch_of_pairs, end - at);
      if (q <= 3) {
        pull_few(p.values.data() + at, p.indices.data() + at, count, points.data(), p.first_row() + i, force);
      } else {
        pull_in_many(p.values.data() + at, p.indices.data() + at, count, points, p.first_row() + i, force);
      }
    }
  }
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
