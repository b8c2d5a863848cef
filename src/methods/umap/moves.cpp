#include "methods/umap/moves.hpp"

#include <algorithm>
#include <array>

#include "base/random.hpp"
#include "numerics/elementary.hpp"

namespace replearn::umap {
namespace {

/// Interactions computed at a time, as vectors.
constexpr Index batch = 512;
constexpr float smallest = 1e-30f;  // squared distance: the logarithm needs a positive one
constexpr float largest_move = 4;

float bounded_move(float move) {
  return std::min(std::max(move, -largest_move), largest_move);
}

/// Draws points for a sample, two per number.
class NegativeSamples {
 public:
  NegativeSamples(std::uint64_t number, std::uint64_t points) : next_(number), points_(points) {}
  std::int32_t draw() {
    if (!has_half_) {
      next_ += 0x9e3779b97f4a7c15u;
      number_ = scramble(next_);
    }
    const std::uint64_t half = has_half_ ? number_ >> 32 : number_ & 0xffffffffu;
    has_half_ = !has_half_;
    return static_cast<std::int32_t>(half * points_ >> 32);
  }

 private:
  std::uint64_t next_, points_, number_ = 0;
  bool has_half_ = false;
};

/// attraction: b d^2b-2 a / (1 + a d^2b); repulsion: b / ((0.001 + d^2)(1 + a d^2b)).
void interact(float a, float b, Index count, const float* __restrict squares, float* __restrict attraction,
              float* __restrict repulsion) {
#pragma omp simd
  for (Index t = 0; t < count; ++t) {
    const float square = squares[t] > smallest ? squares[t] : smallest;
    const float power = a * exponential(b * logarithm(square));
    const float factor = b / (1 + power);
    attraction[t] = factor * power / square;
    repulsion[t] = factor / (0.001f + square);
  }
}

/// Pairs of points whose interactions are computed together.
class PairBatch {
 public:
  explicit PairBatch(Index q)
      : q_(q), differences_(static_cast<std::size_t>(q * batch)) {}

  Index size() const { return size_; }
  bool is_full() const { return size_ == batch; }
  /// row: local row of the point that moves, at y; z: the other point.
  template <Index dimensions>
  void add(Index row, const float* y, const float* z, bool attracts) {
    const Index q = dimensions > 0 ? dimensions : q_;
    float square = 0;
    for (Index k = 0; k < q; ++k) {
      const float along = y[k] - z[k];
      differences_[static_cast<std::size_t>(size_ * q + k)] = along;
      square += along * along;
    }
    const auto at = static_cast<std::size_t>(size_++);
    rows_[at] = row;
    squares_[at] = square;
    attracts_[at] = attracts;
  }
  /// Adds the moves to the rows of `mine`, and empties the batch.
  template <Index dimensions>
  void apply(float a, float b, float repulsion, float rate, RowMatrix& mine) {
    const Index q = dimensions > 0 ? dimensions : q_;
    interact(a, b, size_, squares_.data(), attractions_.data(), repulsions_.data());
    for (Index t = 0; t < size_; ++t) {
      const auto at = static_cast<std::size_t>(t);
      const float factor = attracts_[at] ? -2 * attractions_[at] : 2 * repulsion * repulsions_[at];
      float* y = mine.data() + rows_[at] * q;
      const float* difference = differences_.data() + t * q;
      for (Index k = 0; k < q; ++k) y[k] += rate * bounded_move(factor * difference[k]);
    }
    size_ = 0;
  }

 private:
  Index q_, size_ = 0;
  std::array<Index, batch> rows_;
  std::array<bool, batch> attracts_;
  std::array<float, batch> squares_, attractions_, repulsions_;
  std::vector<float> differences_;
};

/// dimensions: 0 if they are not known at compile time.
template <Index dimensions>
void apply_samples(const MoveParameters& p, const std::vector<EdgeSample>& samples, Eigen::Map<const RowMatrix> points,
                   Index first_row, RowMatrix& mine) {
  const Index q = dimensions > 0 ? dimensions : points.cols();
  const auto n = static_cast<std::uint64_t>(points.rows());
  PairBatch pairs(q);
  const auto add = [&](Index row, Index other, bool attracts) {
    if (other == first_row + row) return;
    pairs.add<dimensions>(row, points.data() + (first_row + row) * q, points.data() + other * q, attracts);
    if (pairs.is_full()) pairs.apply<dimensions>(p.a, p.b, p.repulsion, p.rate, mine);
  };
  for (const auto& sample : samples) {
    add(sample.row, sample.other, true);
    if (!sample.is_head) continue;
    NegativeSamples draws(number_of_pair(p.key, static_cast<std::uint64_t>(first_row + sample.row),
                                         static_cast<std::uint64_t>(sample.other), n),
                          n);
    for (Index negative = 0; negative < p.negatives; ++negative) add(sample.row, draws.draw(), false);
  }
  pairs.apply<dimensions>(p.a, p.b, p.repulsion, p.rate, mine);
}

}  // namespace

Moves::Moves(const Options& options, float rate, Index epoch) {
  const Curve curve = options.curve();
  RandomStream stream(options.seed, Purpose::umap_negatives, static_cast<std::uint64_t>(epoch));
  const std::uint64_t high = stream.next_u32(), low = stream.next_u32();
  parameters_ = {static_cast<float>(curve.a),
                 static_cast<float>(curve.b),
                 static_cast<float>(options.repulsion_strength),
                 rate,
                 options.negative_sample_rate,
                 high << 32 | low};
}

void Moves::apply(const std::vector<EdgeSample>& samples, Eigen::Map<const RowMatrix> points, Index first_row,
                  RowMatrix& mine) const {
  if (points.cols() == 2) return apply_samples<2>(parameters_, samples, points, first_row, mine);
  if (points.cols() == 3) return apply_samples<3>(parameters_, samples, points, first_row, mine);
  apply_samples<0>(parameters_, samples, points, first_row, mine);
}

}  // namespace replearn::umap
