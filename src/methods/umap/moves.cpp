#include "methods/umap/moves.hpp"

#include <algorithm>
#include <array>

#include "base/random.hpp"
#include "numerics/elementary.hpp"

namespace replearn::umap {
namespace {

/// Interactions computed at a time: the attraction and up to 7 repulsions.
constexpr Index lanes = 8;
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

/// Positions of other points relative to one, and what follows from their distances, side by side.
struct Interactions {
  std::array<float, lanes> squares, attraction, repulsion;
};

/// attraction: b d^2b-2 a / (1 + a d^2b); repulsion: b / ((0.001 + d^2)(1 + a d^2b)).
void interact(float a, float b, Interactions& each) {
#pragma omp simd
  for (Index t = 0; t < lanes; ++t) {
    const float square = std::max(each.squares[static_cast<std::size_t>(t)], smallest);
    const float power = a * exponential(b * logarithm(square));
    const float factor = b / (1 + power);
    each.attraction[static_cast<std::size_t>(t)] = factor * power / square;
    each.repulsion[static_cast<std::size_t>(t)] = factor / (0.001f + square);
  }
}

}  // namespace

Moves::Moves(const Options& options, float rate, Index epoch)
    : repulsion_(static_cast<float>(options.repulsion_strength)), rate_(rate), negatives_(options.negative_sample_rate) {
  const Curve curve = options.curve();
  a_ = static_cast<float>(curve.a);
  b_ = static_cast<float>(curve.b);
  RandomStream stream(options.seed, Purpose::umap_negatives, static_cast<std::uint64_t>(epoch));
  key_ = std::uint64_t{stream.next_u32()} << 32;
  key_ |= stream.next_u32();
}

void Moves::apply(const std::vector<EdgeSample>& samples, Eigen::Map<const RowMatrix> points, Index first_row,
                  RowMatrix& mine) const {
  if (points.cols() == 2) return apply_in<2>(samples, points, first_row, mine);
  if (points.cols() == 3) return apply_in<3>(samples, points, first_row, mine);
  apply_in<0>(samples, points, first_row, mine);
}

template <Index dimensions>
void Moves::apply_in(const std::vector<EdgeSample>& samples, Eigen::Map<const RowMatrix> points, Index first_row,
                     RowMatrix& mine) const {
  const Index q = dimensions > 0 ? dimensions : points.cols();
  const auto n = static_cast<std::uint64_t>(points.rows());
  Interactions each;
  std::array<std::int32_t, lanes> others;
  std::vector<float> differences(static_cast<std::size_t>(q * lanes)), move(static_cast<std::size_t>(q));
  float* difference = differences.data();
  for (const auto& sample : samples) {
    const Index i = first_row + sample.row;
    float* y = mine.data() + sample.row * q;
    NegativeSamples draws(number_of_pair(key_, static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(sample.other), n),
                          n);
    // The attraction is the first interaction; a tail has no others.
    const Index count = sample.is_head ? 1 + negatives_ : 1;
    std::fill(move.begin(), move.end(), 0.0f);
    for (Index done = 0; done < count; done += lanes) {
      const Index now = std::min(lanes, count - done);
      for (Index t = 0; t < now; ++t) others[static_cast<std::size_t>(t)] = done + t == 0 ? sample.other : draws.draw();
      each.squares.fill(1);
      for (Index t = 0; t < now; ++t) {
        const float* z = points.data() + Index{others[static_cast<std::size_t>(t)]} * q;
        float square = 0;
        for (Index k = 0; k < q; ++k) {
          const float along = y[k] - z[k];
          difference[k * lanes + t] = along;
          square += along * along;
        }
        each.squares[static_cast<std::size_t>(t)] = square;
      }
      interact(a_, b_, each);
      for (Index t = 0; t < now; ++t) {
        const auto lane = static_cast<std::size_t>(t);
        if (Index{others[lane]} == i) continue;
        const float factor = done + t == 0 ? -2 * each.attraction[lane] : 2 * repulsion_ * each.repulsion[lane];
        for (Index k = 0; k < q; ++k) move[static_cast<std::size_t>(k)] += bounded_move(factor * difference[k * lanes + t]);
      }
    }
    for (Index k = 0; k < q; ++k) y[k] += rate_ * move[static_cast<std::size_t>(k)];
  }
}

}  // namespace replearn::umap
