#include "methods/tsne/attraction.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "methods/tsne/elementary.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::tsne {
namespace {

/// Number of pairs gathered at a time, and the register width to which they are padded.
constexpr Index stretch = 2048, lanes = 16;

/// 1 + |y - other|^2 of a pair.
template <Index q>
inline float denominator(const float* y, const float* other) {
  float sum = 1.0f;
  for (Index k = 0; k < q; ++k) sum += (y[k] - other[k]) * (y[k] - other[k]);
  return sum;
}

/// Sums the lanes pairwise.
struct Lanes {
  float of[lanes] = {};
  double sum() {
    for (Index half = lanes / 2; half > 0; half /= 2) {
#pragma omp simd
      for (Index c = 0; c < half; ++c) of[c] += of[c + half];
    }
    return static_cast<double>(of[0]);
  }
};

/// Adds sum_j p_ij w_ij (y_i - y_j) over `count` pairs to force[0..q), per lane.
template <Index q>
void attract_pairs(const float* p, const float* others, Index count, const float* own, Lanes* force) {
  const float x = own[0], y = own[q > 1 ? 1 : 0], z = own[q > 2 ? 2 : 0];
  Lanes fx = force[0], fy = force[q > 1 ? 1 : 0], fz = force[q > 2 ? 2 : 0];
  for (Index at = 0; at < count; at += lanes) {
#pragma omp simd
    for (Index c = 0; c < lanes; ++c) {
      const float* other = others + q * (at + c);
      const float dx = x - other[0], dy = q > 1 ? y - other[q > 1 ? 1 : 0] : 0.0f,
                  dz = q > 2 ? z - other[q > 2 ? 2 : 0] : 0.0f;
      float w = 1.0f + dx * dx;
      if constexpr (q > 1) w += dy * dy;
      if constexpr (q > 2) w += dz * dz;
      const float weight = p[at + c] / w;
      fx.of[c] += weight * dx;
      if constexpr (q > 1) fy.of[c] += weight * dy;
      if constexpr (q > 2) fz.of[c] += weight * dz;
    }
  }
  force[0] = fx;
  if constexpr (q > 1) force[1] = fy;
  if constexpr (q > 2) force[2] = fz;
}

/// Adds sum_j p_ij log(1 + |y_i - y_j|^2) over `count` pairs, per lane.
template <Index q>
void logs_of_pairs(const float* p, const float* others, Index count, const float* own, Lanes* sum) {
  Lanes sums = *sum;
  for (Index at = 0; at < count; at += lanes) {
#pragma omp simd
    for (Index c = 0; c < lanes; ++c) {
      sums.of[c] += p[at + c] * logarithm(denominator<q>(own, others + q * (at + c)));
    }
  }
  *sum = sums;
}

/// Calls pairs(p, others, count) with `count` padded to whole registers by pairs with p = 0. `others` must have
/// capacity for the padding, in which the point itself is repeated.
template <Index q, class Pairs>
void in_registers(const float* p, float* others, Index count, const float* own, Pairs pairs) {
  const Index whole = count / lanes * lanes;
  pairs(p, others, whole);
  if (whole == count) return;
  float last[lanes];
  for (Index c = 0; c < lanes; ++c) last[c] = whole + c < count ? p[whole + c] : 0.0f;
  for (Index at = count; at < whole + lanes; ++at) {
    for (Index k = 0; k < q; ++k) others[q * at + k] = own[k];
  }
  pairs(last, others + q * whole, lanes);
}

/// to[k] = map[columns[k]]. P is prefetched this far ahead, farther than by the hardware prefetcher.
template <class Point>
void gather_points(const std::int32_t* columns, const float* values, Index count, const Point* map, Point* to) {
  constexpr Index ahead = 1024;
  Index at = 0;
  for (; at + lanes <= count; at += lanes) {
    __builtin_prefetch(columns + at + ahead);
    __builtin_prefetch(values + at + ahead);
    for (Index c = 0; c < lanes; ++c) to[at + c] = map[columns[at + c]];
  }
  for (; at < count; ++at) to[at] = map[columns[at]];
}

/// Calls pair(row, p_ij, y_i - y_j) for the stored pairs of the local rows, in float64, for any q.
template <class Pair>
void for_each_pair(const SparseRows& p, const MapView& points, Pair pair) {
  for (Index row = 0; row < p.local_rows(); ++row) {
    const auto own = points.row(p.first_row() + row).cast<double>().eval();
    const auto end = static_cast<std::size_t>(p.offsets[static_cast<std::size_t>(row) + 1]);
    for (auto at = static_cast<std::size_t>(p.offsets[row]); at < end; ++at) {
      pair(row, static_cast<double>(p.values[at]), (own - points.row(p.indices[at]).cast<double>()).eval());
    }
  }
}

}  // namespace

Attraction::Attraction(SparseRows p) : p_(std::move(p)) {
  for (Index row = 0; row < p_.local_rows(); ++row) {
    double entropy = 0, sum = 0;
    const auto end = static_cast<std::size_t>(p_.offsets[static_cast<std::size_t>(row) + 1]);
    for (auto at = static_cast<std::size_t>(p_.offsets[row]); at < end; ++at) {
      const double value = static_cast<double>(p_.values[at]);
      sum += value;
      if (value > 0) entropy -= value * std::log(value);  // p log p -> 0
    }
    entropies_.push_back(entropy);
    sums_.push_back(sum);
  }
}

/// Calls pairs(p, others, count, own, sums) for all stored pairs of the local rows, in whole registers, and finish(row,
/// sums) after each segment of a row. The other points of several rows are gathered before the first row is processed,
/// which avoids store-forwarding stalls.
template <Index q, class Pairs, class Finish>
void Attraction::for_pairs(const MapView& points, Pairs pairs, Finish finish) const {
  struct Piece {
    Index row, begin, count, offset;
  };
  struct Point {
    float y[q];
  };
  constexpr Index capacity = 2 * stretch;
  std::vector<Point> others(capacity);
  std::vector<Piece> pieces;
  const Point* map = reinterpret_cast<const Point*>(points.data());
  Index used = 0;

  // Sums over the gathered segments.
  const auto process_pieces = [&] {
    for (const Piece& piece : pieces) {
      const float* own = map[p_.first_row() + piece.row].y;
      Lanes sums[q];
      in_registers<q>(p_.values.data() + piece.begin, others[piece.offset].y, piece.count, own,
                      [&](const float* p, const float* there, Index count) { pairs(p, there, count, own, sums); });
      finish(piece.row, sums);
    }
    pieces.clear();
    used = 0;
  };

  // Gathers the other points of segments until the buffer is full.
  for (Index row = 0; row < p_.local_rows(); ++row) {
    const Index end = p_.offsets[static_cast<std::size_t>(row) + 1];
    for (Index begin = p_.offsets[row]; begin < end; begin += stretch) {
      const Index count = std::min(stretch, end - begin), padded = ceil_div(count, lanes) * lanes;
      if (used + padded > capacity) process_pieces();
      gather_points(p_.indices.data() + begin, p_.values.data() + begin, count, map, others.data() + used);
      pieces.push_back({row, begin, count, used});
      used += padded;
    }
  }
  process_pieces();
}

void Attraction::compute_attraction(const MapView& points, RowMatrixD& forces) const {
  const Index q = points.cols();
  forces.setZero(p_.local_rows(), q);
  const auto attract = [&]<Index few>(std::integral_constant<Index, few>) {
    for_pairs<few>(points, attract_pairs<few>, [&](Index row, Lanes* sums) {
      for (Index k = 0; k < few; ++k) forces(row, k) += sums[k].sum();
    });
  };
  if (q == 1) return attract(std::integral_constant<Index, 1>());
  if (q == 2) return attract(std::integral_constant<Index, 2>());
  if (q == 3) return attract(std::integral_constant<Index, 3>());
  for_each_pair(p_, points, [&](Index row, double p, const auto& difference) {
    forces.row(row) += p / (1 + difference.squaredNorm()) * difference;
  });
}

double Attraction::divergence(const mpi::Communicator& comm, const MapView& points, double z, double dof) const {
  const Index q = points.cols();
  std::vector<double> log_sums(entropies_.size(), 0.0);  // sum_j p_ij log(1 + |y_i - y_j|^2)
  const auto add_logs = [&]<Index few>(std::integral_constant<Index, few>) {
    for_pairs<few>(points, logs_of_pairs<few>, [&](Index row, Lanes* sums) { log_sums[row] += sums[0].sum(); });
  };
  if (q == 1) add_logs(std::integral_constant<Index, 1>());
  if (q == 2) add_logs(std::integral_constant<Index, 2>());
  if (q == 3) add_logs(std::integral_constant<Index, 3>());
  if (q > 3) {
    for_each_pair(p_, points, [&](Index row, double p, const auto& difference) {
      log_sums[row] += p * std::log1p(difference.squaredNorm());
    });
  }

  // KL = sum_ij p_ij (log p_ij + log(1 + |y_i - y_j|^2)) + log Z, summed per block.
  std::vector<double> partials;
  for (Index block = p_.partition.first_block(p_.rank); block < p_.partition.end_block(p_.rank); ++block) {
    double sum = 0;
    for (Index row = p_.partition.block_begin(block); row < p_.partition.block_end(block); ++row) {
      const auto i = static_cast<std::size_t>(row - p_.first_row());
      sum += dof * log_sums[i] - entropies_[i] + sums_[i] * std::log(z);
    }
    partials.push_back(sum);
  }
  return mpi::reproducible_sum(comm, partials, p_.partition.blocks());
}

}  // namespace replearn::tsne
