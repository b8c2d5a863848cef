// Compiled once per instruction set (Highway's foreach_target); the best is selected at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "numerics/panel_distances.cpp"
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)  // no arrays of its vectors; NEON serves
#include "numerics/panel_distances.hpp"

// In this order:
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

#include <algorithm>
#include <cmath>
#include <limits>

HWY_BEFORE_NAMESPACE();
namespace replearn::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<float>;
using Vector = hn::Vec<Tag>;
constexpr std::size_t lanes = hn::MaxLanes(Tag());

// A register tile of `rows` x `vectors` sums: 24 of 32 registers, or 12 of 16.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_TARGET == HWY_NEON
constexpr std::size_t rows = 8, vectors = 3;
#else
constexpr std::size_t rows = 6, vectors = 2;
#endif
constexpr std::size_t panel = PanelRows::panel, width = vectors * lanes, chunk = 32;
static_assert(panel % rows == 0 && panel % width == 0);

/// rows x width distances, or their partial sums.
struct alignas(64) Tile : std::array<float, rows * width> {};

// --- What a metric does with each column and with its sums. bound(): sums beyond it have distances beyond `limit`.

struct Squares {
  static Vector add(Vector sum, Vector x, Vector y) {
    const auto t = hn::Sub(x, y);
    return hn::MulAdd(t, t, sum);
  }
  static Vector merge(Vector a, Vector b) { return hn::Add(a, b); }
};
struct Euclidean : Squares {
  static float bound(float limit) { return limit * limit * (1 + 0x1p-20f); }
  static Vector finish(Vector sum) { return hn::Sqrt(sum); }
};
struct SquaredEuclidean : Squares {
  static float bound(float limit) { return limit; }
  static Vector finish(Vector sum) { return sum; }
};
/// For rows of unit length.
struct HalfSquare : Squares {
  static float bound(float limit) { return limit < 2 ? 2 * limit : std::numeric_limits<float>::infinity(); }
  static Vector finish(Vector sum) {
    const Tag tag;
    return hn::Min(hn::Mul(sum, hn::Set(tag, 0.5f)), hn::Set(tag, 2.0f));
  }
};
struct Manhattan {
  static Vector add(Vector sum, Vector x, Vector y) { return hn::Add(sum, hn::Abs(hn::Sub(x, y))); }
  static Vector merge(Vector a, Vector b) { return hn::Add(a, b); }
  static float bound(float limit) { return limit; }
  static Vector finish(Vector sum) { return sum; }
};
struct Chebyshev {
  static Vector add(Vector sum, Vector x, Vector y) { return hn::Max(sum, hn::Abs(hn::Sub(x, y))); }
  static Vector merge(Vector a, Vector b) { return hn::Max(a, b); }
  static float bound(float limit) { return limit; }
  static Vector finish(Vector sum) { return sum; }
};
/// Number of differing entries, each counted as `share`.
struct Differing {
  float count;  // 1, or d for a fraction
  static Vector add(Vector sum, Vector x, Vector y) {
    return hn::Add(sum, hn::IfThenElseZero(hn::Ne(x, y), hn::Set(Tag(), 1.0f)));
  }
  static Vector merge(Vector a, Vector b) { return hn::Add(a, b); }
  float bound(float limit) const { return limit * count * (1 + 0x1p-20f); }
  Vector finish(Vector sum) const { return hn::Div(sum, hn::Set(Tag(), count)); }
};

// --- Powers, of numbers within [0, 1].

/// t^(halves / 2), halves >= 1.
struct HalvesPower {
  unsigned halves;
  Vector operator()(Vector t) const {
    Vector base = halves % 2 == 1 ? hn::Sqrt(t) : t;
    unsigned left = halves % 2 == 1 ? halves : halves / 2;
    while (left % 2 == 0) base = hn::Mul(base, base), left /= 2;
    Vector result = base;
    while (left /= 2) {
      base = hn::Mul(base, base);
      if (left % 2 == 1) result = hn::Mul(result, base);
    }
    return result;
  }
};
struct AnyPower {
  float p;
  Vector operator()(Vector t) const {
    const Tag tag;
    const auto power = hn::Exp(tag, hn::Mul(hn::Set(tag, p), hn::Log(tag, t)));
    return hn::IfThenElseZero(hn::Gt(t, hn::Zero(tag)), power);
  }
};

// --- Measuring `rows` rows (x) against `width` rows (y).

/// Whether any sum is within its bound, the larger of those of its two rows.
bool any_within(const Tile& sums, const float* x_bounds, const float* y_bounds) {
  const Tag tag;
  auto near = hn::FirstN(tag, 0);
  const float* sum = sums.data();
  for (std::size_t r = 0; r < rows; ++r) {
    const auto x_bound = hn::Set(tag, x_bounds[r]);
    for (std::size_t v = 0; v < vectors; ++v, sum += lanes) {
      near = hn::Or(near, hn::Le(hn::Load(tag, sum), hn::Max(x_bound, hn::Load(tag, y_bounds + v * lanes))));
    }
  }
  return !hn::AllFalse(tag, near);
}

/// Sums over all columns; returns false as soon as all sums exceed their bounds. Without bounds (nullptr): always true.
template <class Form>
bool sum_up(const Form& form, const float* x, const float* y, std::size_t columns, const float* x_bounds,
            const float* y_bounds, Tile& tile) {
  const Tag tag;
  for (std::size_t begin = 0; begin < columns; begin += chunk) {
    Vector sums[rows][vectors];
    for (auto& row : sums) {
      for (auto& sum : row) sum = hn::Zero(tag);
    }
    for (std::size_t k = begin; k < std::min(begin + chunk, columns); ++k, x += panel, y += panel) {
      Vector ys[vectors];
      for (std::size_t v = 0; v < vectors; ++v) ys[v] = hn::Load(tag, y + v * lanes);
      for (std::size_t r = 0; r < rows; ++r) {
        const auto xs = hn::Set(tag, x[r]);
        for (std::size_t v = 0; v < vectors; ++v) sums[r][v] = form.add(sums[r][v], xs, ys[v]);
      }
    }
    float* total = tile.data();
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t v = 0; v < vectors; ++v, total += lanes) {
        hn::Store(begin == 0 ? sums[r][v] : form.merge(hn::Load(tag, total), sums[r][v]), tag, total);
      }
    }
    if (x_bounds && !any_within(tile, x_bounds, y_bounds)) return false;
  }
  return true;
}

/// A metric whose distances are a function of one sum.
template <class Form>
struct Summed {
  Form form;
  float bound(float limit) const { return form.bound(limit); }
  bool operator()(const float* x, const float* y, std::size_t columns, const float* x_bounds, const float* y_bounds,
                  Tile& tile) const {
    if (!sum_up(form, x, y, columns, x_bounds, y_bounds, tile)) return false;
    const Tag tag;
    for (std::size_t at = 0; at < tile.size(); at += lanes) {
      hn::Store(form.finish(hn::Load(tag, tile.data() + at)), tag, tile.data() + at);
    }
    return true;
  }
};

/// m (sum (|x - y| / m)^p)^(1/p), m the largest of |x - y|: at least m, which is the bound.
template <class Power>
struct Minkowski {
  Power power;
  double p;
  static float bound(float limit) { return limit; }
  bool operator()(const float* x, const float* y, std::size_t columns, const float* x_bounds, const float* y_bounds,
                  Tile& tile) const {
    if (!sum_up(Chebyshev(), x, y, columns, x_bounds, y_bounds, tile)) return false;
    const Tag tag;
    const auto least = hn::Set(tag, std::numeric_limits<float>::min());  // smaller numbers have no reciprocal
    for (std::size_t r = 0; r < rows; ++r) {
      Vector totals[vectors], scales[vectors];
      for (std::size_t v = 0; v < vectors; ++v) {
        totals[v] = hn::Zero(tag);
        scales[v] = hn::Div(hn::Set(tag, 1.0f), hn::Max(hn::Load(tag, tile.data() + r * width + v * lanes), least));
      }
      for (std::size_t begin = 0; begin < columns; begin += chunk) {
        Vector sums[vectors];
        for (auto& sum : sums) sum = hn::Zero(tag);
        for (std::size_t k = begin; k < std::min(begin + chunk, columns); ++k) {
          const auto xs = hn::Set(tag, x[k * panel + r]);
          for (std::size_t v = 0; v < vectors; ++v) {
            const auto t = hn::Abs(hn::Sub(xs, hn::Load(tag, y + k * panel + v * lanes)));
            sums[v] = hn::Add(sums[v], power(hn::Mul(t, scales[v])));
          }
        }
        for (std::size_t v = 0; v < vectors; ++v) totals[v] = hn::Add(totals[v], sums[v]);
      }
      for (std::size_t v = 0; v < vectors; ++v) take_root(totals[v], tile.data() + r * width + v * lanes);
    }
    return true;
  }

  /// In float64, since p below 1 would amplify the error of the logarithm.
  void take_root(Vector sums, float* largest) const {
    const hn::ScalableTag<double> wide;
    const hn::Rebind<float, decltype(wide)> half;
    alignas(64) float kept[lanes];
    hn::Store(sums, Tag(), kept);
    for (std::size_t at = 0; at < lanes; at += hn::MaxLanes(half)) {
      const auto m = hn::Load(half, largest + at);
      const auto scale = hn::PromoteTo(wide, hn::Max(m, hn::Set(half, std::numeric_limits<float>::min())));
      const auto sum = hn::Max(hn::PromoteTo(wide, hn::Load(half, kept + at)), hn::Set(wide, 1e-300));
      const auto root = hn::Exp(wide, hn::Min(hn::Mul(hn::Log(wide, sum), hn::Set(wide, 1 / p)), hn::Set(wide, 700.0)));
      const auto distance = hn::Max(m, hn::DemoteTo(half, hn::Mul(scale, root)));
      const auto infinite = hn::Set(half, std::numeric_limits<float>::infinity());
      const auto finite = hn::IfThenElseZero(hn::Gt(m, hn::Zero(half)), distance);
      hn::Store(hn::IfThenElse(hn::Eq(m, infinite), infinite, finite), half, largest + at);
    }
  }
};

// --- Two panels.

template <class Measure>
void fill(const Measure& measure, const PanelRows& a, Index a_panel, const PanelRows& b, Index b_panel, float* out,
          Index stride) {
  const auto a_rows = static_cast<std::size_t>(a.rows_in(a_panel)),
             b_rows = static_cast<std::size_t>(b.rows_in(b_panel));
  const auto columns = static_cast<std::size_t>(a.columns());
  Tile tile;
  for (std::size_t j = 0; j < b_rows; j += width) {
    for (std::size_t i = 0; i < a_rows; i += rows) {
      measure(a.values(a_panel) + i, b.values(b_panel) + j, columns, nullptr, nullptr, tile);
      for (std::size_t r = 0; r < std::min(rows, a_rows - i); ++r) {
        std::copy_n(tile.data() + r * width, std::min(width, b_rows - j),
                    out + static_cast<Index>(i + r) * stride + static_cast<Index>(j));
      }
    }
  }
}

template <class Measure>
MeasuredPair* append_near_pairs(const Measure& measure, const PanelRows& a, Index a_panel, const PanelRows& b,
                                Index b_panel, MeasuredPair* pairs) {
  const Tag tag;
  const auto a_rows = static_cast<std::size_t>(a.rows_in(a_panel)),
             b_rows = static_cast<std::size_t>(b.rows_in(b_panel));
  const auto columns = static_cast<std::size_t>(a.columns());
  const float *a_limits = a.radii(a_panel), *b_limits = b.radii(b_panel);
  alignas(64) float a_bounds[panel], b_bounds[panel];
  for (std::size_t i = 0; i < panel; ++i) {
    a_bounds[i] = measure.bound(a_limits[i]);
    b_bounds[i] = measure.bound(b_limits[i]);
  }
  Tile tile;
  for (std::size_t j = 0; j < b_rows; j += width) {
    for (std::size_t i = 0; i < a_rows; i += rows) {
      if (!measure(a.values(a_panel) + i, b.values(b_panel) + j, columns, a_bounds + i, b_bounds + j, tile)) continue;
      const float* distance = tile.data();
      for (std::size_t r = 0; r < std::min(rows, a_rows - i); ++r) {
        const auto a_limit = hn::Set(tag, a_limits[i + r]);
        distance = tile.data() + r * width;
        for (std::size_t v = 0; v < vectors; ++v, distance += lanes) {
          const auto limit = hn::Max(a_limit, hn::Load(tag, b_limits + j + v * lanes));
          const auto near = hn::Le(hn::Load(tag, distance), limit);
          if (hn::AllFalse(tag, near)) continue;
          std::uint8_t bytes[8] = {};
          hn::StoreMaskBits(tag, near, bytes);
          for (std::uint32_t bits = bytes[0] | static_cast<std::uint32_t>(bytes[1]) << 8; bits != 0; bits &= bits - 1) {
            const auto lane = static_cast<std::size_t>(__builtin_ctz(bits)), at = j + v * lanes + lane;
            if (at >= b_rows) break;
            *pairs++ = {static_cast<std::uint32_t>(a_panel * PanelRows::panel) + static_cast<std::uint32_t>(i + r),
                        static_cast<std::uint32_t>(b_panel * PanelRows::panel) + static_cast<std::uint32_t>(at),
                        distance[lane]};
          }
        }
      }
    }
  }
  return pairs;
}

/// Calls work(measure) with the implementation of this metric.
template <class Work>
auto with_measure(Metric metric, Index columns, Work work) {
  switch (metric.form()) {
    case Metric::euclidean:
      return work(Summed<Euclidean>{});
    case Metric::sqeuclidean:
      return work(Summed<SquaredEuclidean>{});
    case Metric::cosine:
    case Metric::correlation:
      return work(Summed<HalfSquare>{});
    case Metric::manhattan:
      return work(Summed<Manhattan>{});
    case Metric::chebyshev:
      return work(Summed<Chebyshev>{});
    case Metric::hamming:
      return work(Summed<Differing>{{static_cast<float>(columns)}});
    case Metric::minkowski:
      break;
  }
  const double halves = 2 * metric.p;
  if (halves == 0) return work(Summed<Differing>{{1.0f}});
  if (halves == std::round(halves) && halves <= 64) {
    return work(Minkowski<HalvesPower>{{static_cast<unsigned>(halves)}, metric.p});
  }
  return work(Minkowski<AnyPower>{{static_cast<float>(metric.p)}, metric.p});
}

void fill_on_target(Metric metric, const PanelRows& a, Index a_panel, const PanelRows& b, Index b_panel, float* out,
                    Index stride) {
  with_measure(metric, a.columns(), [&](const auto& measure) { fill(measure, a, a_panel, b, b_panel, out, stride); });
}

Index pairs_within_on_target(Metric metric, const PanelRows& a, Index a_panel, const PanelRows& b, Index b_panel,
                             MeasuredPair* pairs) {
  return with_measure(metric, a.columns(), [&](const auto& measure) {
    return static_cast<Index>(append_near_pairs(measure, a, a_panel, b, b_panel, pairs) - pairs);
  });
}

}  // namespace
}  // namespace replearn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace replearn {
namespace {

/// A lower bound of the distances between the rows of two bounding boxes: the distance of their gaps minus a margin for
/// rounding.
double box_distance(Metric metric, const PanelRows& a, Index a_panel, const PanelRows& b, Index b_panel) {
  const Index d = a.columns();
  const float *a_min = a.least(a_panel), *a_max = a.greatest(a_panel);
  const float *b_min = b.least(b_panel), *b_max = b.greatest(b_panel);
  const auto gap = [&](Index k) {
    return static_cast<double>(std::max(std::max(b_min[k] - a_max[k], a_min[k] - b_max[k]), 0.0f));
  };
  double sum = 0, squares = 0, largest = 0;
  Index apart = 0;
#pragma omp simd reduction(+ : sum, squares, apart) reduction(max : largest)
  for (Index k = 0; k < d; ++k) {
    const double wide = gap(k);
    sum += wide;
    squares += wide * wide;
    largest = std::max(largest, wide);
    apart += wide > 0 ? 1 : 0;
  }
  const double surely = 1 - static_cast<double>(64 + d / 16) * 0x1p-22;
  switch (metric.form()) {
    case Metric::euclidean:
      return surely * std::sqrt(squares);
    case Metric::sqeuclidean:
      return surely * squares;
    case Metric::cosine:
    case Metric::correlation:
      return surely * std::min(squares / 2, 2.0);
    case Metric::manhattan:
      return surely * sum;
    case Metric::chebyshev:
      return surely * largest;
    case Metric::hamming:
      return surely * static_cast<double>(apart) / static_cast<double>(d);
    case Metric::minkowski:
      break;
  }
  if (metric.p == 0) return static_cast<double>(apart);
  if (!(largest > 0) || metric.p > 8) return surely * largest;  // a tighter bound is not worth the powers
  double powers = 0;
  for (Index k = 0; k < d; ++k) {
    if (gap(k) > 0) powers += std::pow(gap(k) / largest, metric.p);
  }
  return surely * largest * std::pow(surely * powers, 1 / metric.p);
}

}  // namespace

PanelRows::PanelRows(const float* rows, Index count, Index columns, Index tile_panels)
    : count_(count), columns_(columns), tile_panels_(tile_panels) {
  const auto lines = static_cast<std::size_t>(panels() * panel / 16);
  values_.resize(lines * static_cast<std::size_t>(columns));
  radii_.resize(lines);
  for (auto& line : radii_) line.fill(std::numeric_limits<float>::infinity());
  for (Index i = count; i < panels() * panel; ++i) set_radius(i, -1);
  for (Index p = 0; p < panels(); ++p) {
    float* panel_values = values_[p * panel * columns / 16].data();
    for (Index begin = 0; begin < columns; begin += 16) {  // this many columns of a panel fit in the L1 cache
      for (Index i = 0; i < panel; ++i) {
        const float* row = rows + std::min(p * panel + i, count - 1) * columns;  // the last row pads the last panel
        for (Index k = begin; k < std::min(begin + 16, columns); ++k) panel_values[k * panel + i] = row[k];
      }
    }
    for (Index k = 0; k < columns; ++k) {
      const float* column = panel_values + k * panel;
      float least = column[0], greatest = column[0];
#pragma omp simd reduction(min : least) reduction(max : greatest)
      for (Index i = 0; i < panel; ++i) {
        least = std::min(least, column[i]);
        greatest = std::max(greatest, column[i]);
      }
      least_.push_back(least);
      greatest_.push_back(greatest);
    }
  }
}

HWY_EXPORT(fill_on_target);
HWY_EXPORT(pairs_within_on_target);

void panel_distances(Metric metric, const PanelRows& a, Index a_panel, const PanelRows& b, Index b_panel, float* out,
                     Index stride) {
  HWY_DYNAMIC_DISPATCH(fill_on_target)(metric, a, a_panel, b, b_panel, out, stride);
}

Index pairs_within(Metric metric, const PanelRows& a, Index a_panel, const PanelRows& b, Index b_panel,
                   MeasuredPair* pairs) {
  const auto farthest = [](const PanelRows& rows, Index p) {
    return *std::max_element(rows.radii(p), rows.radii(p) + PanelRows::panel);
  };
  const auto limit = static_cast<double>(std::max(farthest(a, a_panel), farthest(b, b_panel)));
  if (box_distance(metric, a, a_panel, b, b_panel) > limit) return 0;
  return HWY_DYNAMIC_DISPATCH(pairs_within_on_target)(metric, a, a_panel, b, b_panel, pairs);
}

}  // namespace replearn
#endif
