// Compiled once per instruction set (Highway's foreach_target); the best is selected at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "methods/word2vec/logistic_kernel.cpp"
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)  // no arrays of its vectors; NEON serves
#include "methods/word2vec/logistic_kernel.hpp"

// clang-format off
#include <hwy/foreach_target.h>  // before highway.h
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

#include <algorithm>
#include <cmath>
#include <utility>

HWY_BEFORE_NAMESPACE();
namespace replearn::word2vec::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<float>;
using Vector = hn::Vec<Tag>;
constexpr std::size_t lanes = hn::MaxLanes(Tag());

/// Each factor is at most 2, so that the product stays within the range of float32.
constexpr Index max_factors = 100;

// Outputs processed together, and inputs whose products with them are summed in registers (of 32 or 16).
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_TARGET == HWY_NEON
constexpr std::size_t max_together = 6, summed_together = 4;
#else
constexpr std::size_t max_together = 6, summed_together = 2;
#endif

#if HWY_TARGET == HWY_SCALAR
HWY_INLINE void store_four_sums(const Vector& a, const Vector& b, const Vector& c, const Vector& d, float* to) {
  to[0] = hn::GetLane(a);
  to[1] = hn::GetLane(b);
  to[2] = hn::GetLane(c);
  to[3] = hn::GetLane(d);
}
#else
/// Sums the groups of four lanes of a vector.
template <class D, class V>
HWY_INLINE auto fold([[maybe_unused]] D tag, V v) {
  if constexpr (hn::MaxLanes(D()) <= 4) {
    return v;
  } else {
    const hn::Half<D> half;
    return fold(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  }
}

/// The sums of the lanes of four vectors, side by side.
HWY_INLINE void store_four_sums(const Vector& a, const Vector& b, const Vector& c, const Vector& d, float* to) {
  const Tag tag;
  const hn::Repartition<std::uint64_t, Tag> pairs;
  const auto interleaved = [&](const Vector& v, const Vector& w) {
    return hn::Add(hn::InterleaveLower(tag, v, w), hn::InterleaveUpper(tag, v, w));  // v0+v2 w0+w2 v1+v3 w1+w3
  };
  const auto ab = hn::BitCast(pairs, interleaved(a, b)), cd = hn::BitCast(pairs, interleaved(c, d));
  const auto sums = hn::Add(hn::BitCast(tag, hn::InterleaveLower(pairs, ab, cd)),
                            hn::BitCast(tag, hn::InterleaveUpper(pairs, ab, cd)));
  hn::StoreU(fold(tag, sums), hn::CappedTag<float, 4>(), to);
}
#endif

/// x_i . y_j of `inputs` rows of `rows` and `outputs` rows to scores[i * outputs + j]; writes up to three numbers more.
template <std::size_t inputs, std::size_t outputs>
HWY_INLINE void score_tile(const float* rows, std::size_t stride, float* const* ys, float* scores) {
  const Tag tag;
  constexpr std::size_t products = inputs * outputs, padded = (products + 3) / 4 * 4;
  Vector sums[padded];
  for (std::size_t s = 0; s < padded; ++s) sums[s] = hn::Zero(tag);
  for (std::size_t k = 0; k < stride; k += lanes) {
    Vector y[outputs];
    for (std::size_t j = 0; j < outputs; ++j) y[j] = hn::Load(tag, ys[j] + k);
    for (std::size_t i = 0; i < inputs; ++i) {
      const auto x = hn::Load(tag, rows + i * stride + k);
      for (std::size_t j = 0; j < outputs; ++j) sums[i * outputs + j] = hn::MulAdd(x, y[j], sums[i * outputs + j]);
    }
  }
  for (std::size_t s = 0; s < padded; s += 4) {
    store_four_sums(sums[s], sums[s + 1], sums[s + 2], sums[s + 3], scores + s);
  }
}

template <std::size_t outputs>
HWY_INLINE void score_all(const float* rows, std::size_t m, std::size_t stride, float* const* ys, float* scores) {
  std::size_t i = 0;
  for (; i + summed_together <= m; i += summed_together) {
    score_tile<summed_together, outputs>(rows + i * stride, stride, ys, scores + i * outputs);
  }
  for (; i < m; ++i) score_tile<1, outputs>(rows + i * stride, stride, ys, scores + i * outputs);
}

/// Converts scores to steps rate (t - sigma(score)) and accumulates the loss. `count` scores, with a new i every
/// `outputs`.
void steps_of_scores(LogisticUpdates::Work& work, std::size_t count, std::size_t outputs, const float* targets,
                     float rate) {
  const Tag tag;
  float* scores = work.scores.data();
  const std::size_t end = (count + lanes - 1) / lanes * lanes;
  for (std::size_t s = count; s < end; ++s) scores[s] = -1e4f;  // padding: sigma 0 and no loss
  for (std::size_t j = 0; j < outputs; ++j) {
    if (targets[j] == 0) continue;
    for (std::size_t s = j; s < count; s += outputs) work.loss -= static_cast<double>(scores[s]);
  }
  const auto one = hn::Set(tag, 1.0f), zero = hn::Zero(tag), step = hn::Set(tag, -rate);
  auto factors = hn::Load(tag, work.factors.data()), parts = hn::Load(tag, work.positive_parts.data());
  for (std::size_t s = 0; s < end; s += lanes) {
    const auto score = hn::Load(tag, scores + s);
    const auto e = hn::Exp(tag, hn::Neg(hn::Abs(score)));
    const auto sum = hn::Add(one, e);
    factors = hn::Mul(factors, sum);
    parts = hn::Add(parts, hn::Max(score, zero));
    if (++work.factors_taken == max_factors) {
      parts = hn::Add(parts, hn::Log(tag, factors));
      factors = one;
      work.factors_taken = 0;
    }
    const auto sigma = hn::Div(hn::IfThenElse(hn::Ge(score, zero), one, e), sum);
    hn::Store(hn::Mul(step, sigma), tag, scores + s);
  }
  hn::Store(factors, tag, work.factors.data());
  hn::Store(parts, tag, work.positive_parts.data());
  for (std::size_t j = 0; j < outputs; ++j) {
    if (targets[j] == 0) continue;
    for (std::size_t s = j; s < count; s += outputs) scores[s] += rate * targets[j];
  }
}

/// x_i += sum_j g_ij y_j and y_j += sum_i g_ij x_i, with x from the copy.
template <std::size_t outputs>
HWY_INLINE void move_all(const float* rows, std::size_t m, std::size_t stride, float* const* xs, float* const* ys,
                         const float* steps) {
  const Tag tag;
  for (std::size_t k = 0; k < stride; k += lanes) {
    Vector y[outputs], change[outputs];
    for (std::size_t j = 0; j < outputs; ++j) {
      y[j] = hn::Load(tag, ys[j] + k);
      change[j] = hn::Zero(tag);
    }
    for (std::size_t i = 0; i < m; ++i) {
      const auto before = hn::Load(tag, rows + i * stride + k);
      auto x = hn::Load(tag, xs[i] + k);
      for (std::size_t j = 0; j < outputs; ++j) {
        const auto g = hn::Set(tag, steps[i * outputs + j]);
        x = hn::MulAdd(g, y[j], x);
        change[j] = hn::MulAdd(g, before, change[j]);
      }
      hn::Store(x, tag, xs[i] + k);
    }
    for (std::size_t j = 0; j < outputs; ++j) hn::Store(hn::Add(hn::Load(tag, ys[j] + k), change[j]), tag, ys[j] + k);
  }
}

template <std::size_t outputs>
void step_together(LogisticUpdates::Work& work, float* const* xs, std::size_t m, float* const* ys, const float* targets,
                   float rate) {
  const auto stride = static_cast<std::size_t>(work.stride);
  score_all<outputs>(work.rows.data(), m, stride, ys, work.scores.data());
  steps_of_scores(work, m * outputs, outputs, targets, rate);
  move_all<outputs>(work.rows.data(), m, stride, xs, ys, work.scores.data());
}

void copy_on_target(float* const* xs, std::size_t m, std::size_t stride, float* copy) {
  const Tag tag;
  for (std::size_t i = 0; i < m; ++i, copy += stride) {
    for (std::size_t k = 0; k < stride; k += lanes) hn::Store(hn::Load(tag, xs[i] + k), tag, copy + k);
  }
}

/// work.rows holds the inputs before the step; their updates are added to xs.
void step_on_target(LogisticUpdates::Work& work, float* const* xs, std::size_t m, float* const* ys, std::size_t n,
                    const float* targets, float rate) {
  for (std::size_t j = 0; j < n; j += max_together) {
    switch (std::min(n - j, max_together)) {
      case 1:
        step_together<1>(work, xs, m, ys + j, targets + j, rate);
        break;
      case 2:
        step_together<2>(work, xs, m, ys + j, targets + j, rate);
        break;
      case 3:
        step_together<3>(work, xs, m, ys + j, targets + j, rate);
        break;
      case 4:
        step_together<4>(work, xs, m, ys + j, targets + j, rate);
        break;
      case 5:
        step_together<5>(work, xs, m, ys + j, targets + j, rate);
        break;
      default:
        step_together<max_together>(work, xs, m, ys + j, targets + j, rate);
    }
  }
}

/// mean = 1/m sum of the rows.
void mean_on_target(float* const* xs, std::size_t m, std::size_t stride, float* mean) {
  const Tag tag;
  const auto share = hn::Set(tag, 1.0f / static_cast<float>(m));
  for (std::size_t k = 0; k < stride; k += lanes) {
    auto sum = hn::Zero(tag);
    for (std::size_t i = 0; i < m; ++i) sum = hn::Add(sum, hn::Load(tag, xs[i] + k));
    hn::Store(hn::Mul(share, sum), tag, mean + k);
  }
}

/// Adds `by` to each row.
void add_on_target(float* const* xs, std::size_t m, std::size_t stride, const float* by) {
  const Tag tag;
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t k = 0; k < stride; k += lanes) {
      hn::Store(hn::Add(hn::Load(tag, xs[i] + k), hn::Load(tag, by + k)), tag, xs[i] + k);
    }
  }
}

}  // namespace
}  // namespace replearn::word2vec::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace replearn::word2vec {

HWY_EXPORT(copy_on_target);
HWY_EXPORT(step_on_target);
HWY_EXPORT(mean_on_target);
HWY_EXPORT(add_on_target);

namespace {

/// Number of steps after which float32 sums are added to float64 sums.
constexpr Index steps_between_folds = 64;

}  // namespace

LogisticUpdates::LogisticUpdates(Index columns, Index max_inputs, Index max_outputs) {
  work_.stride = stride_of(columns);
  work_.rows.resize(work_.stride * max_inputs);
  work_.scores.resize(max_inputs * std::min<Index>(max_outputs, 6) + 64);
  work_.factors.resize(16);
  work_.positive_parts.resize(16);
  std::fill_n(work_.factors.data(), 16, 1.0f);
  mean_step_.resize(work_.stride);
}

void LogisticUpdates::step(std::span<float* const> inputs, std::span<float* const> outputs,
                           std::span<const float> targets, float rate) {
  HWY_DYNAMIC_DISPATCH(copy_on_target)
  (inputs.data(), inputs.size(), static_cast<std::size_t>(work_.stride), work_.rows.data());
  step_copied(inputs, outputs, targets, rate);
}

void LogisticUpdates::step_mean(std::span<float* const> inputs, std::span<float* const> outputs,
                                std::span<const float> targets, float rate) {
  const auto stride = static_cast<std::size_t>(work_.stride);
  HWY_DYNAMIC_DISPATCH(mean_on_target)(inputs.data(), inputs.size(), stride, work_.rows.data());
  mean_step_.clear();
  float* const step_row = mean_step_.data();
  step_copied({&step_row, 1}, outputs, targets, rate);
  HWY_DYNAMIC_DISPATCH(add_on_target)(inputs.data(), inputs.size(), stride, mean_step_.data());
}

void LogisticUpdates::step_copied(std::span<float* const> inputs, std::span<float* const> outputs,
                                  std::span<const float> targets, float rate) {
  HWY_DYNAMIC_DISPATCH(step_on_target)
  (work_, inputs.data(), inputs.size(), outputs.data(), outputs.size(), targets.data(), rate);
  pairs_ += static_cast<Index>(inputs.size() * outputs.size());
  if (++steps_ % steps_between_folds == 0) fold_loss();
}

void LogisticUpdates::fold_loss() {
  for (int lane = 0; lane < 16; ++lane) {
    work_.loss += std::log(static_cast<double>(work_.factors.data()[lane])) +
                  static_cast<double>(work_.positive_parts.data()[lane]);
  }
  std::fill_n(work_.factors.data(), 16, 1.0f);
  work_.positive_parts.clear();
  work_.factors_taken = 0;
}

double LogisticUpdates::take_loss() {
  fold_loss();
  steps_ = 0;  // restarts the folding, so that the next sum does not depend on previous ones
  return std::exchange(work_.loss, 0.0);
}

Index LogisticUpdates::take_pairs() {
  return std::exchange(pairs_, 0);
}

}  // namespace replearn::word2vec
#endif
