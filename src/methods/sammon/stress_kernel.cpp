// Compiled once per instruction set (Highway's foreach_target); the best is selected at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "methods/sammon/stress_kernel.cpp"
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)  // no arrays of its vectors; NEON serves
#include "methods/sammon/stress_kernel.hpp"

// In this order:
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

#include <algorithm>
#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace replearn::sammon::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<float>;
using Vector = hn::Vec<Tag>;
constexpr std::size_t lanes = hn::MaxLanes(Tag());
static_assert(stress_tile_step % lanes == 0);

// Rows processed together; shared values stay in registers.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_TARGET == HWY_NEON
constexpr std::size_t max_rows = 4;
constexpr bool wide_registers = true;
#else
constexpr std::size_t max_rows = 2;
constexpr bool wide_registers = false;
#endif
static_assert(stress_tile_step % max_rows == 0);

/// Map points closer than the square root of this are treated as coincident.
constexpr float min_square = 1e-30f;

/// Number of Newton steps after which a reciprocal estimate is accurate to one or two roundings: NEON's has 8 bits, the
/// others at least 12.
#if HWY_TARGET == HWY_NEON
constexpr int newton_steps = 2;
#else
constexpr int newton_steps = 1;
#endif

/// 1 / sqrt(x) to one or two roundings: the processor's estimate followed by Newton steps.
Vector inverse_root(Vector x) {
  const Tag tag;
  auto estimate = hn::ApproximateReciprocalSqrt(x);
  const auto half = hn::Mul(x, hn::Set(tag, 0.5f));
  for (int step = 0; step < newton_steps; ++step) {
    const auto error = hn::NegMulAdd(hn::Mul(half, estimate), estimate, hn::Set(tag, 0.5f));
    estimate = hn::MulAdd(estimate, error, estimate);
  }
  return estimate;
}

/// 1 / x to one or two roundings, x > 0; finite for x = 0 as well.
Vector inverse_of(Vector x) {
  const Tag tag;
  const auto safe = hn::Max(x, hn::Set(tag, 1e-37f));
  auto estimate = hn::ApproximateReciprocal(safe);
  for (int step = 0; step < newton_steps; ++step) {
    const auto error = hn::NegMulAdd(safe, estimate, hn::Set(tag, 1.0f));
    estimate = hn::MulAdd(estimate, error, estimate);
  }
  return estimate;
}

/// power(g) = g^a.
template <class Power>
void weigh_row_by(Power power, float addend, std::size_t side, const float* given, float mine, const float* others,
                  float* out) {
  const Tag tag;
  const auto own = hn::Set(tag, mine), b = hn::Set(tag, addend);
  for (std::size_t j = 0; j < side; j += lanes) {
    const auto g = hn::LoadU(tag, given + j);
    const auto w = hn::Mul(own, inverse_of(hn::Add(power(g), b)));
    hn::Store(hn::IfThenElseZero(hn::Gt(g, hn::Zero(tag)), w), tag, out + j);
  }
  for (std::size_t j = 0; others && j < side; j += lanes) {
    hn::Store(hn::Mul(hn::Load(tag, out + j), hn::LoadU(tag, others + j)), tag, out + j);
  }
}

/// Weights of one row's pairs; 0 where there is no pair.
void weigh_row(const PairWeight& weight, std::size_t side, const float* given, float mine, const float* others,
               float* out) {
  const Tag tag;
  const auto b = static_cast<float>(weight.b);
  if (weight.a == 1) {
    weigh_row_by([](Vector g) { return g; }, b, side, given, mine, others, out);
  } else if (weight.a == 0) {
    const auto one = hn::Set(tag, 1.0f);
    weigh_row_by([one](Vector) { return one; }, b, side, given, mine, others, out);
  } else {
    const auto a = hn::Set(tag, static_cast<float>(weight.a)), least = hn::Set(tag, 1e-37f);
    weigh_row_by([=](Vector g) { return hn::Exp(tag, hn::Mul(a, hn::Log(tag, hn::Max(g, least)))); }, b, side, given,
                 mine, others, out);
  }
}

float total(Vector v) {
  return hn::GetLane(hn::SumOfLanes(Tag(), v));
}

struct Sums {
  double stress;
  float *first_a, *first_b, *second_a, *second_b, *point_a, *point_b;
};

/// Processes `rows` rows starting at row i, with Q coordinates.
template <std::size_t Q, std::size_t rows, bool all>
void work_rows(std::size_t side, std::size_t i, const float* given, const float* weights, const float* a,
               const float* b, Sums& sums) {
  const Tag tag;
  Vector own[rows][Q], first[rows][Q], second[rows][Q], stress[rows];
  for (std::size_t r = 0; r < rows; ++r) {
    stress[r] = hn::Zero(tag);
    for (std::size_t p = 0; p < Q; ++p) {
      own[r][p] = hn::Set(tag, a[p * side + i + r]);
      first[r][p] = second[r][p] = hn::Zero(tag);
    }
  }

  for (std::size_t j = 0; j < side; j += lanes) {
    Vector other[Q], other_first[Q], other_second[Q], other_point = hn::Zero(tag);
    for (std::size_t p = 0; p < Q; ++p) {
      other[p] = hn::LoadU(tag, b + p * side + j);
      other_first[p] = hn::LoadU(tag, sums.first_b + p * side + j);
      if constexpr (all) other_second[p] = hn::LoadU(tag, sums.second_b + p * side + j);
    }
    if constexpr (all) other_point = hn::LoadU(tag, sums.point_b + j);

    for (std::size_t r = 0; r < rows; ++r) {
      const auto g = hn::LoadU(tag, given + r * side + j), w = hn::Load(tag, weights + r * side + j);
      // Map distance d = |own - other|; coincident points have no direction.
      Vector delta[Q];
      auto square = hn::Zero(tag);
      for (std::size_t p = 0; p < Q; ++p) {
        delta[p] = hn::Sub(own[r][p], other[p]);
        square = hn::MulAdd(delta[p], delta[p], square);
      }
      const auto apart = hn::Gt(square, hn::Set(tag, min_square));
      square = hn::Max(square, hn::Set(tag, min_square));
      const auto inverse = inverse_root(square);
      const auto difference = hn::NegMulAdd(square, inverse, g);  // g - d

      // Stress w (g - d)^2 and first derivative w (g - d) / d (own - other), for both points.
      const auto weighted = hn::Mul(w, difference);
      const auto force = hn::IfThenElseZero(apart, hn::Mul(weighted, inverse));
      stress[r] = hn::MulAdd(weighted, difference, stress[r]);
      for (std::size_t p = 0; p < Q; ++p) {
        first[r][p] = hn::MulAdd(force, delta[p], first[r][p]);
        other_first[p] = hn::NegMulAdd(force, delta[p], other_first[p]);
      }

      // Second derivative w (1 - g / d + g (own - other)^2 / d^3).
      if constexpr (all) {
        other_point = hn::MulAdd(weighted, difference, other_point);
        // w (1 - g / d) = -w (g - d) / d; g / d^3 = g / d * (1 / d)^2
        const auto steep = hn::IfThenElseZero(apart, hn::Mul(hn::Mul(w, g), inverse));
        for (std::size_t p = 0; p < Q; ++p) {
          const auto share = hn::Mul(delta[p], inverse);
          const auto curve = hn::MulSub(hn::Mul(steep, share), share, force);
          second[r][p] = hn::Add(second[r][p], curve);
          other_second[p] = hn::Add(other_second[p], curve);
        }
      }
    }
    for (std::size_t p = 0; p < Q; ++p) {
      hn::StoreU(other_first[p], tag, sums.first_b + p * side + j);
      if constexpr (all) hn::StoreU(other_second[p], tag, sums.second_b + p * side + j);
    }
    if constexpr (all) hn::StoreU(other_point, tag, sums.point_b + j);
  }

  for (std::size_t r = 0; r < rows; ++r) {
    const float row_stress = total(stress[r]);
    sums.stress += static_cast<double>(row_stress);
    if constexpr (all) sums.point_a[i + r] = row_stress;
    for (std::size_t p = 0; p < Q; ++p) {
      sums.first_a[p * side + i + r] = total(first[r][p]);
      if constexpr (all) sums.second_a[p * side + i + r] = total(second[r][p]);
    }
  }
}

/// Processes one row with any number of coordinates, in two passes over the coordinates of a vector of pairs.
template <bool all>
void work_row(std::size_t side, std::size_t q, std::size_t i, const float* given, const float* weights, const float* a,
              const float* b, Sums& sums) {
  const Tag tag;
  auto stress = hn::Zero(tag);
  for (std::size_t p = 0; p < q; ++p) {
    sums.first_a[p * side + i] = 0;
    if constexpr (all) sums.second_a[p * side + i] = 0;
  }
  for (std::size_t j = 0; j < side; j += lanes) {
    const auto g = hn::LoadU(tag, given + j), w = hn::Load(tag, weights + j);
    auto square = hn::Zero(tag);
    for (std::size_t p = 0; p < q; ++p) {
      const auto delta = hn::Sub(hn::Set(tag, a[p * side + i]), hn::LoadU(tag, b + p * side + j));
      square = hn::MulAdd(delta, delta, square);
    }
    const auto apart = hn::Gt(square, hn::Set(tag, min_square));
    square = hn::Max(square, hn::Set(tag, min_square));
    const auto inverse = inverse_root(square);
    const auto difference = hn::NegMulAdd(square, inverse, g);
    const auto weighted = hn::Mul(w, difference);
    const auto force = hn::IfThenElseZero(apart, hn::Mul(weighted, inverse));
    const auto steep = hn::IfThenElseZero(apart, hn::Mul(hn::Mul(w, g), inverse));
    stress = hn::MulAdd(weighted, difference, stress);
    for (std::size_t p = 0; p < q; ++p) {
      const auto delta = hn::Sub(hn::Set(tag, a[p * side + i]), hn::LoadU(tag, b + p * side + j));
      const auto push = hn::Mul(force, delta);
      sums.first_a[p * side + i] += total(push);
      hn::StoreU(hn::Sub(hn::LoadU(tag, sums.first_b + p * side + j), push), tag, sums.first_b + p * side + j);
      if constexpr (all) {
        const auto share = hn::Mul(delta, inverse);
        const auto curve = hn::MulSub(hn::Mul(steep, share), share, force);
        sums.second_a[p * side + i] += total(curve);
        hn::StoreU(hn::Add(hn::LoadU(tag, sums.second_b + p * side + j), curve), tag, sums.second_b + p * side + j);
      }
    }
    if constexpr (all) {
      hn::StoreU(hn::MulAdd(weighted, difference, hn::LoadU(tag, sums.point_b + j)), tag, sums.point_b + j);
    }
  }
  const float row_stress = total(stress);
  sums.stress += static_cast<double>(row_stress);
  if constexpr (all) sums.point_a[i] = row_stress;
}

template <bool all>
void work(const PairWeight& weight, std::size_t side, std::size_t q, const float* given, TilePoints a, TilePoints b,
          Sums& sums) {
  constexpr std::size_t few_rows = wide_registers ? 2 : 1;  // if each row needs more registers
  alignas(64) float weights[max_rows * static_cast<std::size_t>(largest_stress_tile)];
  const std::size_t rows = q > 3 ? 1 : (q == 3 || all) ? few_rows : max_rows;
  for (std::size_t i = 0; i < side; i += rows) {
    for (std::size_t r = 0; r < rows; ++r) {
      weigh_row(weight, side, given + (i + r) * side, a.weights ? a.weights[i + r] : 1.0f, b.weights,
                weights + r * side);
    }
    const float *here = given + i * side, *x = a.coordinates, *y = b.coordinates;
    if (q == 1)
      work_rows<1, all ? few_rows : max_rows, all>(side, i, here, weights, x, y, sums);
    else if (q == 2)
      work_rows<2, all ? few_rows : max_rows, all>(side, i, here, weights, x, y, sums);
    else if (q == 3)
      work_rows<3, few_rows, all>(side, i, here, weights, x, y, sums);
    else
      work_row<all>(side, q, i, here, weights, x, y, sums);
  }
}

double work_on_target(const PairWeight& weight, Index side, Index q, const float* given, TilePoints a, TilePoints b,
                      Detail detail, TileSums& to) {
  Sums sums{0,
            to.first_a.data(),
            to.first_b.data(),
            to.second_a.data(),
            to.second_b.data(),
            to.point_a.data(),
            to.point_b.data()};
  const auto length = static_cast<std::size_t>(side), width = static_cast<std::size_t>(q);
  if (detail == Detail::all)
    work<true>(weight, length, width, given, a, b, sums);
  else
    work<false>(weight, length, width, given, a, b, sums);
  return sums.stress;
}

double weigh_on_target(const PairWeight& weight, Index tile_side, const float* given, const float* a_weights,
                       const float* b_weights, float* row_weights, float* column_weights) {
  const Tag tag;
  const auto side = static_cast<std::size_t>(tile_side);
  alignas(64) float weights[largest_stress_tile];
  double squares = 0;
  for (std::size_t i = 0; i < side; ++i, given += side) {
    weigh_row(weight, side, given, a_weights ? a_weights[i] : 1.0f, b_weights, weights);
    auto sum = hn::Zero(tag), square = hn::Zero(tag);
    for (std::size_t j = 0; j < side; j += lanes) {
      const auto w = hn::Load(tag, weights + j), g = hn::LoadU(tag, given + j);
      sum = hn::Add(sum, w);
      square = hn::MulAdd(hn::Mul(w, g), g, square);
      hn::StoreU(hn::Add(hn::LoadU(tag, column_weights + j), w), tag, column_weights + j);
    }
    row_weights[i] = total(sum);
    squares += static_cast<double>(total(square));
  }
  return squares;
}

}  // namespace
}  // namespace replearn::sammon::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace replearn::sammon {

double PairWeight::operator()(double given) const {
  return 1 / (std::pow(given, a) + b);
}

TileSums::TileSums(Index side, Index q)
    : first_a(static_cast<std::size_t>(side * q)),
      first_b(first_a.size()),
      second_a(first_a.size()),
      second_b(first_a.size()),
      point_a(static_cast<std::size_t>(side)),
      point_b(point_a.size()) {}

HWY_EXPORT(work_on_target);
HWY_EXPORT(weigh_on_target);

double weigh_tile(const PairWeight& weight, Index side, const float* given, const float* a_weights,
                  const float* b_weights, float* row_weights, float* column_weights) {
  std::fill(column_weights, column_weights + side, 0.0f);
  return HWY_DYNAMIC_DISPATCH(weigh_on_target)(weight, side, given, a_weights, b_weights, row_weights, column_weights);
}

void stress_tile(const PairWeight& weight, Index side, Index q, const float* given, TilePoints a, TilePoints b,
                 Detail detail, TileSums& sums) {
  std::fill(sums.first_b.begin(), sums.first_b.end(), 0.0f);
  if (detail == Detail::all) {
    std::fill(sums.second_b.begin(), sums.second_b.end(), 0.0f);
    std::fill(sums.point_b.begin(), sums.point_b.end(), 0.0f);
  }
  sums.stress = HWY_DYNAMIC_DISPATCH(work_on_target)(weight, side, q, given, a, b, detail, sums);
}

}  // namespace replearn::sammon
#endif
