#include "methods/tsne/attraction.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <type_traits>

#include "methods/tsne/elementary.hpp"
#include "methods/tsne/morton.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::tsne {
namespace {

/// Pairs brought together at a time, and the width of registers that they are filled up to.
constexpr Index stretch = 2048, lanes = 16;

/// 1 + |y - other|^2 of a pair.
template <Index q>
inline float denominator(const float* y, const float* other) {
  float sum = 1.0f;
  for (Index k = 0; k < q; ++k) sum += (y[k] - other[k]) * (y[k] - other[k]);
  return sum;
}

/// One number a lane, summed in halves.
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

/// Adds sum_j p_ij w_ij (y_i - y_j) over `count` pairs to force[0..q), lane by lane.
template <Index q>
void pull_pairs(const float* p, const float* others, Index count, const float* own, Lanes* force) {
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

/// Adds sum_j p_ij log(1 + |y_i - y_j|^2) over `count` pairs, lane by lane.
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

/// Calls pairs(p, others, count) for `count` pairs in whole registers: the last one is filled with pairs of p = 0.
/// others has room for them, and gets the point itself.
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

/// to[k] = map[columns[k]]. P is asked of the memory this far ahead, farther than the processor does by itself.
template <class Point>
void bring_together(const std::int32_t* columns, const float* values, Index count, const Point* map, Point* to) {
  constexpr Index ahead = 1024;
  Index at = 0;
  for (; at + lanes <= count; at += lanes) {
    __builtin_prefetch(columns + at + ahead);
    __builtin_prefetch(values + at + ahead);
    for (Index c = 0; c < lanes; ++c) to[at + c] = map[columns[at + c]];
  }
  for (; at < count; ++at) to[at] = map[columns[at]];
}

}  // namespace

Attraction::Attraction(SparseRows p)
    : partition_(p.partition),
      rank_(p.rank),
      order_(static_cast<std::size_t>(p.rows())),
      my_order_(static_cast<std::size_t>(p.local_rows())),
      offsets_(std::move(p.offsets)),
      columns_(std::move(p.indices)),
      values_(std::move(p.values)) {
  std::iota(order_.begin(), order_.end(), 0);
  std::iota(my_order_.begin(), my_order_.end(), 0);
  const Index first = partition_.begin(rank_);
  places_.assign(order_.begin() + first, order_.begin() + first + partition_.count(rank_));
  for (std::size_t at = 0; at < my_order_.size(); ++at) {
    const auto [entropy, sum] = sums_of(at);
    entropies_.push_back(entropy);
    sums_.push_back(sum);
  }
}

/// -sum_j p_ij log(p_ij), where p log p -> 0 at 0, and sum_j p_ij, of one row.
std::pair<double, double> Attraction::sums_of(std::size_t at) const {
  double entropy = 0, sum = 0;
  for (auto j = static_cast<std::size_t>(offsets_[at]); j < static_cast<std::size_t>(offsets_[at + 1]); ++j) {
    const double p = static_cast<double>(values_[j]);
    sum += p;
    if (p > 0) entropy -= p * std::log(p);
  }
  return {entropy, sum};
}

void Attraction::sort(const RowMatrix& points) {
  auto order = morton_order(points);
  const auto n = order.size();
  std::vector<std::int32_t> place(n), moved(n), row_at(my_order_.size());
  for (std::size_t at = 0; at < n; ++at) place[static_cast<std::size_t>(order[at])] = static_cast<std::int32_t>(at);
  for (std::size_t at = 0; at < n; ++at) moved[at] = place[static_cast<std::size_t>(order_[at])];
  for (std::size_t at = 0; at < my_order_.size(); ++at) {
    row_at[static_cast<std::size_t>(my_order_[at])] = static_cast<std::int32_t>(at);
  }
  order_ = std::move(order);
  my_order_.clear();
  places_.clear();
  std::vector<Index> offsets = {0};
  std::vector<std::int32_t> columns(columns_.size());
  std::vector<float> values(values_.size());
  const Index first = partition_.begin(rank_), end = partition_.end(rank_);
  for (std::size_t at = 0; at < n; ++at) {
    if (order_[at] < first || order_[at] >= end) continue;
    const auto row = static_cast<std::int32_t>(order_[at] - first);
    my_order_.push_back(row);
    places_.push_back(static_cast<std::int32_t>(at));
    const auto old = static_cast<std::size_t>(row_at[static_cast<std::size_t>(row)]);
    auto to = static_cast<std::size_t>(offsets.back());
    for (auto from = static_cast<std::size_t>(offsets_[old]); from < static_cast<std::size_t>(offsets_[old + 1]);
         ++from, ++to) {
      columns[to] = moved[static_cast<std::size_t>(columns_[from])];
      values[to] = values_[from];
    }
    offsets.push_back(static_cast<Index>(to));
  }
  offsets_ = std::move(offsets);
  columns_ = std::move(columns);
  values_ = std::move(values);
}

void Attraction::take(const RowMatrix& points) {
  const Index q = points.cols();
  sorted_.resize(points.rows(), q);
  float* to = sorted_.data();
  for (const std::int32_t i : order_) {
    std::copy_n(points.data() + i * q, q, to);
    to += q;
  }
}

/// Calls pairs(p, others, count, own, sums) for all stored pairs of my rows, in whole registers, and after each stretch
/// of a row finish(row, sums). Several rows' other points are brought together before the first of them is worked on: a
/// register cannot be read from what was stored in parts just before.
template <Index q, class Pairs, class Finish>
void Attraction::for_pairs(Pairs pairs, Finish finish) const {
  struct Piece {
    std::size_t row;
    Index begin, count, room;
  };
  constexpr Index capacity = 2 * stretch;
  std::vector<float> others(static_cast<std::size_t>(capacity * q));
  std::vector<Piece> pieces;
  struct Point {
    float y[q];
  };
  const Point* map = reinterpret_cast<const Point*>(sorted_.data());
  Index used = 0;
  const auto work = [&] {
    for (const Piece& piece : pieces) {
      const float* own = map[places_[piece.row]].y;
      Lanes sums[q];
      in_registers<q>(values_.data() + piece.begin, others.data() + q * piece.room, piece.count, own,
                      [&](const float* p, const float* there, Index count) { pairs(p, there, count, own, sums); });
      finish(my_order_[piece.row], sums);
    }
    pieces.clear();
    used = 0;
  };
  for (std::size_t row = 0; row < my_order_.size(); ++row) {
    for (Index begin = offsets_[row]; begin < offsets_[row + 1]; begin += stretch) {
      const Index count = std::min(stretch, offsets_[row + 1] - begin), room = ceil_div(count, lanes) * lanes;
      if (used + room > capacity) work();
      bring_together(columns_.data() + begin, values_.data() + begin, count, map,
                     reinterpret_cast<Point*>(others.data()) + used);
      pieces.push_back({row, begin, count, used});
      used += room;
    }
  }
  work();
}

/// Any q, pair by pair.
void Attraction::pull_in_many(RowMatrixD& forces) const {
  for (std::size_t row = 0; row < my_order_.size(); ++row) {
    const auto own = sorted_.row(places_[row]).cast<double>().eval();
    for (auto at = static_cast<std::size_t>(offsets_[row]); at < static_cast<std::size_t>(offsets_[row + 1]); ++at) {
      const auto difference = (own - sorted_.row(columns_[at]).cast<double>()).eval();
      forces.row(my_order_[row]) += static_cast<double>(values_[at]) / (1 + difference.squaredNorm()) * difference;
    }
  }
}

void Attraction::pull(const RowMatrix& points, RowMatrixD& forces) {
  take(points);
  const Index q = points.cols();
  forces.setZero(partition_.count(rank_), q);
  const auto pull_few = [&]<Index few>(std::integral_constant<Index, few>) {
    for_pairs<few>(pull_pairs<few>, [&](Index row, Lanes* sums) {
      for (Index k = 0; k < few; ++k) forces.data()[row * few + k] += sums[k].sum();
    });
  };
  if (q == 1) pull_few(std::integral_constant<Index, 1>());
  if (q == 2) pull_few(std::integral_constant<Index, 2>());
  if (q == 3) pull_few(std::integral_constant<Index, 3>());
  if (q > 3) pull_in_many(forces);
}

double Attraction::divergence(const mpi::Communicator& comm, const RowMatrix& points, double z, double dof) {
  take(points);
  const Index q = points.cols();
  std::vector<double> of_rows(my_order_.size(), 0.0);  // sum_j p_ij log(1 + |y_i - y_j|^2)
  const auto add_logs = [&]<Index few>(std::integral_constant<Index, few>) {
    for_pairs<few>(logs_of_pairs<few>,
                   [&](Index row, Lanes* sums) { of_rows[static_cast<std::size_t>(row)] += sums[0].sum(); });
  };
  if (q == 1) add_logs(std::integral_constant<Index, 1>());
  if (q == 2) add_logs(std::integral_constant<Index, 2>());
  if (q == 3) add_logs(std::integral_constant<Index, 3>());
  for (std::size_t row = 0; q > 3 && row < my_order_.size(); ++row) {
    for (auto at = static_cast<std::size_t>(offsets_[row]); at < static_cast<std::size_t>(offsets_[row + 1]); ++at) {
      const float square = (sorted_.row(places_[row]) - sorted_.row(columns_[at])).squaredNorm();
      of_rows[static_cast<std::size_t>(my_order_[row])] +=
          static_cast<double>(values_[at]) * std::log1p(static_cast<double>(square));
    }
  }
  std::vector<double> partials;
  for (Index block = partition_.first_block(rank_); block < partition_.end_block(rank_); ++block) {
    double sum = 0;
    for (Index row = partition_.block_begin(block); row < partition_.block_end(block); ++row) {
      const auto i = static_cast<std::size_t>(row - partition_.begin(rank_));
      sum += dof * of_rows[i] - entropies_[i] + sums_[i] * std::log(z);
    }
    partials.push_back(sum);
  }
  return mpi::reproducible_sum(comm, partials, partition_.blocks());
}

}  // namespace replearn::tsne
