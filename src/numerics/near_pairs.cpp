// This file compiles itself once for each instruction set (Highway's foreach_target), and the best is taken at run
// time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "numerics/near_pairs.cpp"
#define HWY_WANT_AVX3_DL  // where the compiler is told to use it anyway, Highway insists
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)  // no arrays of its vectors; NEON serves
#include "numerics/near_pairs.hpp"

#include <hwy/foreach_target.h>  // before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace replearn::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<float>;
using Vector = hn::Vec<Tag>;
constexpr std::size_t lanes = hn::MaxLanes(Tag());

// A tile of `rows` x `vectors` sums stays in registers: 24 of 32, or 12 of 16.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
constexpr std::size_t rows = 8, vectors = 3;
#elif HWY_TARGET == HWY_NEON
constexpr std::size_t rows = 8, vectors = 3;
#else
constexpr std::size_t rows = 6, vectors = 2;
#endif
constexpr std::size_t panel = FramedRows::panel;
static_assert(panel % rows == 0 && panel % (vectors * lanes) == 0);

HWY_NOINLINE RowPair* tell(const float* sums, const float* a_floors, const float* b_floors, std::uint32_t a,
                           std::uint32_t b, RowPair* pairs) {
  const Tag tag;
  for (std::size_t r = 0; r < rows; ++r) {
    const auto a_floor = hn::Set(tag, a_floors[r]);
    for (std::size_t v = 0; v < vectors; ++v, sums += lanes) {
      const auto near = hn::Ge(hn::Load(tag, sums), hn::Min(a_floor, hn::Load(tag, b_floors + v * lanes)));
      if (hn::AllFalse(tag, near)) continue;
      std::uint8_t bytes[8] = {};
      hn::StoreMaskBits(tag, near, bytes);
      for (std::uint32_t bits = bytes[0] | static_cast<std::uint32_t>(bytes[1]) << 8; bits != 0; bits &= bits - 1) {
        const auto lane = static_cast<std::uint32_t>(__builtin_ctz(bits));
        *pairs++ = {a + static_cast<std::uint32_t>(r), b + static_cast<std::uint32_t>(v * lanes) + lane};
      }
    }
  }
  return pairs;
}

std::uint32_t row_of(Index panel_index, std::size_t i) {
  return static_cast<std::uint32_t>(panel_index * FramedRows::panel + static_cast<Index>(i));
}

/// Whether every row of one panel is surely farther from every row of the other than both look.
bool apart(const FramedRows& a, Index a_panel, const FramedRows& b, Index b_panel) {
  const float *x = a.center(a_panel), *y = b.center(b_panel);
  const Index columns = a.columns();
  float square = 0;
#pragma omp simd reduction(+ : square)
  for (Index k = 0; k < columns; ++k) square += (x[k] - y[k]) * (x[k] - y[k]);
  const float *a_floors = a.floors(a_panel), *b_floors = b.floors(b_panel);
  float floor = a_floors[0];
  for (Index i = 0; i < FramedRows::panel; ++i) floor = std::min(floor, std::min(a_floors[i], b_floors[i]));
  // A relative 2^-10 covers the roundings of a sum of up to 10,000 columns, and of these few lines.
  const float gap = std::sqrt(square) * (columns < 10000 ? 1 - 0x1p-10f : 0) - (a.radius(a_panel) + b.radius(b_panel));
  return gap > 0 && -gap * gap / 2 + a.slack(a_panel) + b.slack(b_panel) < floor;
}

/// The pairs of two panels.
RowPair* near_pairs_of_panels(const FramedRows& a, Index a_panel, const FramedRows& b, Index b_panel, RowPair* pairs) {
  const Tag tag;
  const auto columns = static_cast<std::size_t>(a.columns());
  const float* a_half_norms = a.half_norms(a_panel);
  const float* a_floors = a.floors(a_panel);
  for (std::size_t j = 0; j < panel; j += vectors * lanes) {
    Vector b_half_norms[vectors], b_floors[vectors];
    for (std::size_t v = 0; v < vectors; ++v) {
      b_half_norms[v] = hn::Load(tag, b.half_norms(b_panel) + j + v * lanes);
      b_floors[v] = hn::Load(tag, b.floors(b_panel) + j + v * lanes);
    }
    for (std::size_t i = 0; i < panel; i += rows) {
      Vector sums[rows][vectors];
      for (std::size_t r = 0; r < rows; ++r) {
        const auto half_norm = hn::Set(tag, -a_half_norms[i + r]);
        for (std::size_t v = 0; v < vectors; ++v) sums[r][v] = hn::Sub(half_norm, b_half_norms[v]);
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
      auto near = hn::FirstN(tag, 0);
      for (std::size_t r = 0; r < rows; ++r) {
        const auto a_floor = hn::Set(tag, a_floors[i + r]);
        for (std::size_t v = 0; v < vectors; ++v) {
          near = hn::Or(near, hn::Ge(sums[r][v], hn::Min(a_floor, b_floors[v])));
        }
      }
      if (hn::AllFalse(tag, near)) continue;
      alignas(64) float kept[rows * vectors * lanes];  // a copy: sums whose address is taken would leave the registers
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t v = 0; v < vectors; ++v) hn::Store(sums[r][v], tag, kept + (r * vectors + v) * lanes);
      }
      pairs = tell(kept, a_floors + i, b.floors(b_panel) + j, row_of(a_panel, i), row_of(b_panel, j), pairs);
    }
  }
  return pairs;
}

Index near_pairs_of_target(const FramedRows& a, Index a_begin, Index a_end, const FramedRows& b, Index b_panel,
                           RowPair* pairs) {
  RowPair* next = pairs;
  for (Index a_panel = a_begin; a_panel < a_end; ++a_panel) {
    if (!apart(a, a_panel, b, b_panel)) next = near_pairs_of_panels(a, a_panel, b, b_panel, next);
  }
  return next - pairs;
}

}  // namespace
}  // namespace replearn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <limits>

#include "mpi/collectives.hpp"

namespace replearn {
namespace {

// Unit roundoff u = 2^-24, gamma_m = m u / (1 - m u); N = |x'|^2 + |y'|^2. Between -2 s and the measured square, both
// in the frame, stand: rounding of the sum s, 2 gamma_(d + 2) N; of the direct sum, gamma_(d + 2) times the true
// square, itself at most 2 N; of x - c to float32, 4 u N; of the half norms, 3 u N.
double slack_of(Index d) {
  const double roundings = static_cast<double>(d + 16) * 0x1p-24;
  return roundings < 0.1 ? 4 * roundings / (1 - roundings) : std::numeric_limits<double>::infinity();
}

}  // namespace

float SearchFrame::floor_of(float squared_distance) const {
  constexpr float all = std::numeric_limits<float>::lowest();
  if (!(squared_distance < std::numeric_limits<float>::infinity()) || !(slack < 1)) return all;
  // Products below float32's normal range are lost absolutely, not relatively: measured ones and those in the frame.
  const double lost = static_cast<double>(center.size() + 16);
  const double square = static_cast<double>(squared_distance) + lost * 0x1p-149;
  const double floor = -(std::ldexp(square, 2 * exponent) / 2 + lost * 0x1p-126);
  return std::max(all, std::nextafter(static_cast<float>(std::max(floor, -1e38)), all));
}

SearchFrame search_frame(const mpi::Communicator& comm, const RowMatrix& my_rows) {
  const Index d = my_rows.cols();
  std::vector<double> sums(static_cast<std::size_t>(d + 1), 0.0);
  for (Index i = 0; i < my_rows.rows(); ++i) {
    for (Index k = 0; k < d; ++k) sums[static_cast<std::size_t>(k)] += static_cast<double>(my_rows(i, k));
  }
  sums.back() = static_cast<double>(my_rows.rows());
  mpi::all_reduce(comm, std::span<double>(sums), mpi::Reduction::sum);
  SearchFrame frame;
  for (Index k = 0; k < d; ++k) frame.center.push_back(sums[static_cast<std::size_t>(k)] / std::max(sums.back(), 1.0));
  double largest = 0;
  for (Index i = 0; i < my_rows.rows(); ++i) {
    for (Index k = 0; k < d; ++k) {
      largest =
          std::max(largest, std::abs(static_cast<double>(my_rows(i, k)) - frame.center[static_cast<std::size_t>(k)]));
    }
  }
  largest = mpi::all_reduce(comm, largest, mpi::Reduction::max);
  if (largest > 0) frame.exponent = -std::ilogb(largest);
  frame.slack = slack_of(d);
  return frame;
}

FramedRows::FramedRows(const SearchFrame& frame, const float* rows, Index count, Index columns)
    : count_(count), columns_(columns) {
  const auto lines = static_cast<std::size_t>(panels() * panel / 16);
  values_.resize(lines * static_cast<std::size_t>(columns));
  half_norms_.resize(lines);
  floors_.resize(lines);
  const auto put = [](std::vector<Line>& to, Index i, float value) {
    to[static_cast<std::size_t>(i / 16)][static_cast<std::size_t>(i % 16)] = value;
  };
  const double scale = std::ldexp(1.0, frame.exponent), share = frame.slack < 1 ? (1 - frame.slack) / 2 : 0;
  std::vector<double> center(static_cast<std::size_t>(columns)), squares(panel);
  for (Index p = 0; p < panels(); ++p) {
    const Index begin = p * panel, end = std::min(begin + panel, count);
    for (Index i = begin; i < begin + panel; ++i) {
      set_floor(i, std::numeric_limits<float>::lowest());
      put(half_norms_, i, std::numeric_limits<float>::infinity());  // of rows that fill up the last panel: none is near
    }
    std::fill(center.begin(), center.end(), 0.0);
    double largest = 0;
    for (Index i = begin; i < end; ++i) {
      double norm = 0;
      for (Index k = 0; k < columns; ++k) {
        const auto column = static_cast<std::size_t>(k);
        const auto value =
            static_cast<float>((static_cast<double>(rows[i * columns + k]) - frame.center[column]) * scale);
        put(values_, (p * columns + k) * panel + i - begin, value);
        norm += static_cast<double>(value) * static_cast<double>(value);
        center[column] += static_cast<double>(value) / static_cast<double>(end - begin);
      }
      put(half_norms_, i, static_cast<float>(share * norm));
      largest = std::max(largest, norm);
    }
    std::fill(squares.begin(), squares.end(), 0.0);
    for (Index k = 0; k < columns; ++k) {
      const float at_center = centers_.emplace_back(static_cast<float>(center[static_cast<std::size_t>(k)]));
      for (Index i = 0; i < end - begin; ++i) {
        const double from = static_cast<double>(values(p)[k * panel + i]) - static_cast<double>(at_center);
        squares[static_cast<std::size_t>(i)] += from * from;
      }
    }
    const double radius = std::sqrt(*std::max_element(squares.begin(), squares.end()));
    radii_.push_back(std::nextafter(static_cast<float>(radius), std::numeric_limits<float>::infinity()));
    slacks_.push_back(static_cast<float>(frame.slack * largest / 2));
  }
}

HWY_EXPORT(near_pairs_of_target);

Index near_pairs(const FramedRows& a, Index a_begin, Index a_end, const FramedRows& b, Index b_panel, RowPair* pairs) {
  return HWY_DYNAMIC_DISPATCH(near_pairs_of_target)(a, a_begin, a_end, b, b_panel, pairs);
}

}  // namespace replearn
#endif
