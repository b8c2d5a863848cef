// Compiled once per instruction set (Highway's foreach_target); the best is selected at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "methods/neighbors/near_pairs_kernel.cpp"
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)  // no arrays of its vectors; NEON serves
#include "methods/neighbors/near_pairs_kernel.hpp"

#include <hwy/foreach_target.h>  // before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace replearn::neighbors::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<float>;
using Vector = hn::Vec<Tag>;
constexpr std::size_t lanes = hn::MaxLanes(Tag());

// A register tile of `rows` x `vectors` sums: 24 of 32 registers, or 12 of 16.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
constexpr std::size_t rows = 8, vectors = 3;
#elif HWY_TARGET == HWY_NEON
constexpr std::size_t rows = 8, vectors = 3;
#else
constexpr std::size_t rows = 6, vectors = 2;
#endif
constexpr std::size_t panel = PackedRows::panel;
static_assert(panel % rows == 0 && panel % (vectors * lanes) == 0);

HWY_NOINLINE RowPair* append_pairs(const float* sums, const float* a_floors, const float* b_floors, std::uint32_t a,
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
  return static_cast<std::uint32_t>(panel_index * PackedRows::panel + static_cast<Index>(i));
}

/// For each lane the maximum (or minimum, per `extreme`) of the products of the rows of some panels with `to` - `from`.
template <class Extreme>
Vector extreme_products(const PackedRows& all, const PanelGroup& group, const float* from, const float* to,
                        Extreme extreme) {
  const Tag tag;
  const auto columns = static_cast<std::size_t>(all.columns());
  Vector most;
  for (Index p = group.begin; p < group.end; ++p) {
    const float* values = all.values(p);
    Vector sums[panel / lanes];
    for (auto& sum : sums) sum = hn::Zero(tag);
    for (std::size_t k = 0; k < columns; ++k, values += panel) {
      const auto direction = hn::Set(tag, to[k] - from[k]);
      for (std::size_t v = 0; v < panel / lanes; ++v) {
        sums[v] = hn::MulAdd(direction, hn::Load(tag, values + v * lanes), sums[v]);
      }
    }
    if (p == group.begin) most = sums[0];
    for (const auto& sum : sums) most = extreme(most, sum);
  }
  return most;
}

/// The lowest floor of some panels, that of the row with the largest search radius.
Vector lowest_floors(const PackedRows& all, const PanelGroup& group) {
  const Tag tag;
  auto lowest = hn::Load(tag, all.floors(group.begin));
  for (Index p = group.begin; p < group.end; ++p) {
    for (std::size_t v = 0; v < panel; v += lanes) lowest = hn::Min(lowest, hn::Load(tag, all.floors(p) + v));
  }
  return lowest;
}

/// Whether all rows of one group are certainly beyond the search radii of both groups.
bool apart_on_target(const PackedRows& a, const PanelGroup& a_group, const PackedRows& b, const PanelGroup& b_group) {
  const Tag tag;
  const float floor = hn::GetLane(hn::MinOfLanes(tag, hn::Min(lowest_floors(a, a_group), lowest_floors(b, b_group))));
  const float a_norm = a_group.largest_norm, b_norm = b_group.largest_norm, slack = a.slack();
  const auto beyond = [&](float gap) {
    return gap > 0 && (slack * (a_norm * a_norm + b_norm * b_norm) - gap * gap) / 2 < floor;
  };

  // Balls: the gap between the centers minus both radii.
  const float *x = a_group.center, *y = b_group.center;
  float square = 0;
#pragma omp simd reduction(+ : square)
  for (Index k = 0; k < a.columns(); ++k) square += (x[k] - y[k]) * (x[k] - y[k]);
  const float length = std::sqrt(square);
  // The factor covers the rounding errors of a sum over the columns and of the operations here.
  const float surely = 1 - slack - 0x1p-20f;
  if (beyond(surely * length - (a_group.radius + b_group.radius))) return true;
  // In many dimensions balls are loose bounds; slabs perpendicular to the line between the centers are tighter. Their
  // gap is at most the distance of the centers.
  if (!beyond(length)) return false;

  // Slabs: projections of both groups on the line between the centers.
  const auto greater = [](auto p, auto q) { return hn::Max(p, q); };
  const auto less = [](auto p, auto q) { return hn::Min(p, q); };
  const float a_end = hn::GetLane(hn::MaxOfLanes(tag, extreme_products(a, a_group, x, y, greater)));
  const float b_end = hn::GetLane(hn::MinOfLanes(tag, extreme_products(b, b_group, x, y, less)));
  return beyond(surely * (b_end - a_end) / length - slack * (a_norm + b_norm));
}

/// Finds the pairs of two panels.
RowPair* near_pairs_of_panels(const PackedRows& a, Index a_panel, const PackedRows& b, Index b_panel, RowPair* pairs) {
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

    // Scores s_ij = x_i . y_j - h_i - h_j of one register tile.
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

      // Most tiles contain no pair within either search radius.
      auto near = hn::FirstN(tag, 0);
      for (std::size_t r = 0; r < rows; ++r) {
        const auto a_floor = hn::Set(tag, a_floors[i + r]);
        for (std::size_t v = 0; v < vectors; ++v) {
          near = hn::Or(near, hn::Ge(sums[r][v], hn::Min(a_floor, b_floors[v])));
        }
      }
      if (hn::AllFalse(tag, near)) continue;

      // Writes out the pairs of the others.
      alignas(64) float
          kept[rows * vectors * lanes];  // a copy, since taking the address of sums would force them out of registers
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t v = 0; v < vectors; ++v) hn::Store(sums[r][v], tag, kept + (r * vectors + v) * lanes);
      }
      pairs = append_pairs(kept, a_floors + i, b.floors(b_panel) + j, row_of(a_panel, i), row_of(b_panel, j), pairs);
    }
  }
  return pairs;
}

Index near_pairs_on_target(const PackedRows& a, Index a_begin, Index a_end, const PackedRows& b, Index b_panel,
                           RowPair* pairs) {
  RowPair* next = pairs;
  for (Index a_panel = a_begin; a_panel < a_end; ++a_panel) {
    if (!apart_on_target(a, a.panel_group(a_panel), b, b.panel_group(b_panel)))
      next = near_pairs_of_panels(a, a_panel, b, b_panel, next);
  }
  return next - pairs;
}

}  // namespace
}  // namespace replearn::neighbors::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <limits>

#include "mpi/collectives.hpp"

namespace replearn::neighbors {
namespace {

// Unit roundoff u = 2^-24, gamma_m = m u / (1 - m u); N = |x'|^2 + |y'|^2. The difference between -2 s and the computed
// square, both in the frame, comes from rounding: of the sum s, 2 gamma_(d + 2) N; of the direct sum, gamma_(d + 2)
// times the true square, itself at most 2 N; of x - c to float32, 4 u N; of the half norms, 3 u N.
double slack_of(Index d) {
  const double roundings = static_cast<double>(d + 16) * 0x1p-24;
  return roundings < 0.1 ? 4 * roundings / (1 - roundings) : std::numeric_limits<double>::infinity();
}

}  // namespace

float SearchFrame::floor_of(float squared_distance) const {
  constexpr float all = std::numeric_limits<float>::lowest();
  if (!(squared_distance < std::numeric_limits<float>::infinity()) || !(slack < 1)) return all;
  // Products below float32's normal range have an absolute, not a relative error, both direct ones and those in the
  // frame.
  const double lost = static_cast<double>(center.size() + 16);
  const double square = static_cast<double>(squared_distance) + lost * 0x1p-149;
  const double floor = -(std::ldexp(square, 2 * exponent) / 2 + lost * 0x1p-126);
  return std::max(all, std::nextafter(static_cast<float>(std::max(floor, -1e38)), all));
}

SearchFrame search_frame(const mpi::Communicator& comm, const RowMatrix& my_rows) {
  const Index d = my_rows.cols();
  std::vector<double> sums(d + 1, 0.0);
  for (Index i = 0; i < my_rows.rows(); ++i) {
    for (Index k = 0; k < d; ++k) sums[k] += static_cast<double>(my_rows(i, k));
  }
  sums.back() = static_cast<double>(my_rows.rows());
  mpi::all_reduce(comm, std::span<double>(sums), mpi::Reduction::sum);
  SearchFrame frame;
  for (Index k = 0; k < d; ++k) frame.center.push_back(sums[k] / std::max(sums.back(), 1.0));
  double largest = 0;
  for (Index i = 0; i < my_rows.rows(); ++i) {
    for (Index k = 0; k < d; ++k) {
      largest = std::max(largest, std::abs(static_cast<double>(my_rows(i, k)) - frame.center[k]));
    }
  }
  largest = mpi::all_reduce(comm, largest, mpi::Reduction::max);
  if (largest > 0) frame.exponent = -std::ilogb(largest);
  frame.slack = slack_of(d);
  return frame;
}

PackedRows::PackedRows(const SearchFrame& frame, const float* rows, Index count, Index columns, Index tile_panels)
    : count_(count), columns_(columns), tile_panels_(tile_panels), slack_(static_cast<float>(frame.slack)) {
  const auto lines = static_cast<std::size_t>(panels() * panel / 16);
  values_.resize(lines * static_cast<std::size_t>(columns));
  half_norms_.resize(lines);
  floors_.resize(lines);
  const auto put = [](std::vector<Line>& to, Index i, float value) { to[i / 16][i % 16] = value; };
  const double scale = std::ldexp(1.0, frame.exponent), share = frame.slack < 1 ? (1 - frame.slack) / 2 : 0;
  for (Index i = 0; i < panels() * panel; ++i) {
    // Padding of the last panel repeats its last row, so that it does not enlarge the ball, and is near no row.
    const float* row = rows + std::min(i, count - 1) * columns;
    double norm = 0;
    for (Index k = 0; k < columns; ++k) {
      const double centered = static_cast<double>(row[k]) - frame.center[k];
      const auto value = static_cast<float>(centered * scale);
      put(values_, (i / panel * columns + k) * panel + i % panel, value);
      norm += static_cast<double>(value) * static_cast<double>(value);
    }
    put(half_norms_, i, i < count ? static_cast<float>(share * norm) : std::numeric_limits<float>::infinity());
    set_floor(i, std::numeric_limits<float>::lowest());
  }
  for (Index p = 0; p < panels(); ++p) panel_balls_.push_back(ball_around(p, p + 1));
  for (Index t = 0; t < tiles(); ++t) tile_balls_.push_back(ball_around(t * tile_panels, tile_end(t)));
}

PackedRows::Ball PackedRows::ball_around(Index begin, Index end) const {
  const auto up = [](double value) {
    return std::nextafter(static_cast<float>(value), std::numeric_limits<float>::infinity());
  };
  Ball ball;
  std::vector<double> norms((end - begin) * panel), squares(norms.size());
  for (Index k = 0; k < columns_; ++k) {
    double sum = 0;
    for (Index i = 0; i < (end - begin) * panel; ++i) {
      sum += static_cast<double>(values(begin + i / panel)[k * panel + i % panel]);
    }
    const float center = ball.center.emplace_back(static_cast<float>(sum / static_cast<double>(norms.size())));
    for (Index i = 0; i < (end - begin) * panel; ++i) {
      const auto value = static_cast<double>(values(begin + i / panel)[k * panel + i % panel]);
      norms[i] += value * value;
      squares[i] += (value - static_cast<double>(center)) * (value - static_cast<double>(center));
    }
  }
  ball.largest_norm = up(std::sqrt(*std::max_element(norms.begin(), norms.end())));
  ball.radius = up(std::sqrt(*std::max_element(squares.begin(), squares.end())));
  return ball;
}

HWY_EXPORT(near_pairs_on_target);
HWY_EXPORT(apart_on_target);

Index near_pairs(const PackedRows& a, Index a_begin, Index a_end, const PackedRows& b, Index b_panel, RowPair* pairs) {
  return HWY_DYNAMIC_DISPATCH(near_pairs_on_target)(a, a_begin, a_end, b, b_panel, pairs);
}

bool tiles_apart(const PackedRows& a, Index a_tile, const PackedRows& b, Index b_tile) {
  return HWY_DYNAMIC_DISPATCH(apart_on_target)(a, a.tile_group(a_tile), b, b.tile_group(b_tile));
}

}  // namespace replearn::neighbors
#endif
