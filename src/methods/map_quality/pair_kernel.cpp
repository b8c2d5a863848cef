// Compiled once per instruction set (Highway's foreach_target); the best is selected at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "methods/map_quality/pair_kernel.cpp"
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)  // no arrays of its vectors; NEON serves
#include <hwy/foreach_target.h>  // before highway.h
#include <hwy/highway.h>

#include "methods/map_quality/panels.hpp"

HWY_BEFORE_NAMESPACE();
namespace replearn::map_quality::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<float>;
using Vector = hn::Vec<Tag>;
constexpr std::size_t lanes = hn::MaxLanes(Tag());

// A register tile of `rows` x `vectors` sums: 24 of 32 registers, or 12 of 16.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_TARGET == HWY_AVX3_ZEN4 || HWY_TARGET == HWY_NEON
constexpr std::size_t rows = 8, vectors = 3;
#else
constexpr std::size_t rows = 6, vectors = 2;
#endif
constexpr std::size_t panel = Panels::panel, width = panel / lanes;
static_assert(panel % rows == 0 && panel % (vectors * lanes) == 0);

void scores_on_target(const Panels& a, Index a_panel, const Panels& b, Index b_panel, ScoreTile& scores) {
  const Tag tag;
  const auto columns = static_cast<std::size_t>(a.columns());
  const float* a_half_norms = a.half_norms(a_panel);
  const float* b_half_norms = b.half_norms(b_panel);
  for (std::size_t j = 0; j < panel; j += vectors * lanes) {
    for (std::size_t i = 0; i < panel; i += rows) {
      Vector sums[rows][vectors];
      for (std::size_t r = 0; r < rows; ++r) {
        const auto half_norm = hn::Set(tag, -a_half_norms[i + r]);
        for (std::size_t v = 0; v < vectors; ++v) {
          sums[r][v] = hn::Sub(half_norm, hn::Load(tag, b_half_norms + j + v * lanes));
        }
      }
      const float* x = a.values(a_panel) + i;
      const float* y = b.values(b_panel) + j;
      for (std::size_t k = 0; k < columns; ++k, x += panel, y += panel) {
        Vector ys[vectors];
        for (std::size_t v = 0; v < vectors; ++v) ys[v] = hn::Load(tag, y + v * lanes);
        for (std::size_t r = 0; r < rows; ++r) {
          const auto xs = hn::Set(tag, x[r]);
          for (std::size_t v = 0; v < vectors; ++v) sums[r][v] = hn::MulAdd(xs, ys[v], sums[r][v]);
        }
      }
      float* out = scores.data() + i * panel + j;
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t v = 0; v < vectors; ++v) hn::Store(sums[r][v], tag, out + r * panel + v * lanes);
      }
    }
  }
}

/// Counts one row of a tile, some of whose scores may be above the last of its levels [begin, end).
void count_row(const float* scores, Vector least, float error, std::uint32_t row, Index begin, Index end,
               const LevelCounts& counts, std::vector<CloseCall>& close) {
  const Tag tag;
  // Levels certainly below all scores: from the first of them, each has the whole panel above it.
  const float lowest = hn::GetLane(hn::MinOfLanes(tag, least));
  Index first = begin;
  for (Index last = end; first < last;) {
    const Index middle = first + (last - first) / 2;
    if (counts.levels[middle] + error < lowest)
      last = middle;
    else
      first = middle + 1;
  }
  if (first < end) counts.above_on[first] += static_cast<std::uint32_t>(panel);

  for (Index level = first; level-- > begin;) {
    const auto possible_from = hn::Set(tag, counts.levels[level] - error);
    const auto certain_from = hn::Set(tag, counts.levels[level] + error);
    std::size_t possible = 0, certain = 0;
    for (std::size_t v = 0; v < width; ++v) {
      const auto score = hn::Load(tag, scores + v * lanes);
      possible += hn::CountTrue(tag, hn::Ge(score, possible_from));
      certain += hn::CountTrue(tag, hn::Gt(score, certain_from));
    }
    if (possible == 0) break;
    counts.above[level] += static_cast<std::uint32_t>(certain);
    if (possible == certain) continue;
    const float from = counts.levels[level] - error, to = counts.levels[level] + error;
    for (std::uint32_t j = 0; j < panel; ++j) {
      if (scores[j] >= from && !(scores[j] > to)) close.push_back({row, j, level});
    }
  }
}

void count_on_target(const ScoreTile& scores, const float* half_norms, float max_half_norm, float share,
                     const LevelCounts& counts, std::vector<CloseCall>& close) {
  const Tag tag;
  for (std::size_t i = 0; i < panel; ++i) {
    const Index begin = counts.offsets[i], end = counts.offsets[i + 1];
    if (begin == end) continue;
    const float error = share * (half_norms[i] + max_half_norm);
    const float* row = scores.data() + i * panel;
    auto least = hn::Load(tag, row), most = least;
    for (std::size_t v = 1; v < width; ++v) {
      const auto score = hn::Load(tag, row + v * lanes);
      least = hn::Min(least, score);
      most = hn::Max(most, score);
    }
    if (hn::AllTrue(tag, hn::Lt(most, hn::Set(tag, counts.levels[end - 1] - error)))) continue;
    count_row(row, least, error, static_cast<std::uint32_t>(i), begin, end, counts, close);
  }
}

}  // namespace
}  // namespace replearn::map_quality::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>
#include <limits>

namespace replearn::map_quality {

float error_share(Index columns) {
  // Unit roundoff u = 2^-24, gamma_m = m u / (1 - m u), N = |x'|^2 + |y'|^2. Of the score: rounding of the sum, gamma_(d
  // + 2) N; of x - c to float32, 2 u N; of the half norms and of levels, 3 u N. Relative to the half norms, twice that.
  const double roundings = static_cast<double>(columns + 16) * 0x1p-24;
  return roundings < 0.1 ? static_cast<float>(4 * roundings / (1 - roundings)) : std::numeric_limits<float>::infinity();
}

Panels::Panels(const Frame& frame, const float* rows, Index count, Index columns) : count_(count), columns_(columns) {
  const auto lines = static_cast<std::size_t>(panels() * panel / 16);
  values_.resize(lines * static_cast<std::size_t>(columns));
  half_norms_.resize(lines);
  max_half_norms_.assign(panels(), 0);
  const auto put = [](std::vector<Line>& to, Index i, float value) { to[i / 16][i % 16] = value; };
  const double scale = std::ldexp(1.0, frame.exponent);
  for (Index i = 0; i < panels() * panel; ++i) {
    if (i >= count) {  // padding
      for (Index k = 0; k < columns; ++k) put(values_, (i / panel * columns + k) * panel + i % panel, 0);
      put(half_norms_, i, std::numeric_limits<float>::infinity());
      continue;
    }
    double norm = 0;
    for (Index k = 0; k < columns; ++k) {
      const auto value = static_cast<float>((static_cast<double>(rows[i * columns + k]) - frame.center[k]) * scale);
      put(values_, (i / panel * columns + k) * panel + i % panel, value);
      norm += static_cast<double>(value) * static_cast<double>(value);
    }
    const auto half_norm = static_cast<float>(norm / 2);
    put(half_norms_, i, half_norm);
    max_half_norms_[i / panel] = std::max(max_half_norms_[i / panel], half_norm);
  }
}

HWY_EXPORT(scores_on_target);
HWY_EXPORT(count_on_target);

void pair_scores(const Panels& a, Index a_panel, const Panels& b, Index b_panel, ScoreTile& scores) {
  HWY_DYNAMIC_DISPATCH(scores_on_target)(a, a_panel, b, b_panel, scores);
}

void count_above(const ScoreTile& scores, const float* half_norms, float max_half_norm, float share,
                 const LevelCounts& counts, std::vector<CloseCall>& close) {
  HWY_DYNAMIC_DISPATCH(count_on_target)(scores, half_norms, max_half_norm, share, counts, close);
}

}  // namespace replearn::map_quality
#endif
