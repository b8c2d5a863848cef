#include "methods/tsne/morton.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace replearn::tsne {
namespace {

/// Inserts a zero after each of the 32 lowest bits.
std::uint64_t spread_by_two(std::uint64_t x) {
  x &= 0xffffffff;
  x = (x | x << 16) & 0x0000ffff0000ffff;
  x = (x | x << 8) & 0x00ff00ff00ff00ff;
  x = (x | x << 4) & 0x0f0f0f0f0f0f0f0f;
  x = (x | x << 2) & 0x3333333333333333;
  return (x | x << 1) & 0x5555555555555555;
}

/// Inserts two zeros after each of the 21 lowest bits.
std::uint64_t spread_by_three(std::uint64_t x) {
  x &= 0x1fffff;
  x = (x | x << 32) & 0x001f00000000ffff;
  x = (x | x << 16) & 0x001f0000ff0000ff;
  x = (x | x << 8) & 0x100f00f00f00f00f;
  x = (x | x << 4) & 0x10c30c30c30c30c3;
  return (x | x << 2) & 0x1249249249249249;
}

}  // namespace

MortonCurve::MortonCurve(const Extent& extent, Index q)
    : low_(extent.low.begin(), extent.low.begin() + std::min<Index>(q, 3)), bits_(q <= 2 ? 31 : 21) {
  const double cells = static_cast<double>(std::uint64_t{1} << bits_);
  cells_per_unit_ = extent.width > 0 ? cells / extent.width : 0;
}

std::uint64_t MortonCurve::code(const float* point) const {
  const std::uint64_t last = (std::uint64_t{1} << bits_) - 1;
  const auto cell = [&](std::size_t k) {
    const double at = (static_cast<double>(point[k]) - static_cast<double>(low_[k])) * cells_per_unit_;
    return std::min(static_cast<std::uint64_t>(at), last);
  };
  if (low_.size() == 1) return cell(0);
  if (low_.size() == 2) return spread_by_two(cell(0)) << 1 | spread_by_two(cell(1));
  return spread_by_three(cell(0)) << 2 | spread_by_three(cell(1)) << 1 | spread_by_three(cell(2));
}

/// LSD radix sort: stable passes from the lowest digit.
MortonOrder morton_order(const MortonCurve& curve, const MapView& points) {
  constexpr int digit = 11, digits = 6;
  static_assert(digit * digits >= 63);
  struct Entry {
    std::uint64_t code;
    std::int32_t point;
  };
  std::vector<Entry> entries(points.rows()), sorted(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const float* point = points.data() + static_cast<Index>(i) * points.cols();
    entries[i] = {curve.code(point), static_cast<std::int32_t>(i)};
  }
  for (int pass = 0; pass < digits; ++pass) {
    const auto digit_of = [&](const Entry& entry) { return entry.code >> (pass * digit) & ((1u << digit) - 1); };
    std::array<std::size_t, (1u << digit) + 1> starts{};
    for (const Entry& entry : entries) ++starts[digit_of(entry) + 1];
    std::partial_sum(starts.begin(), starts.end(), starts.begin());
    for (const Entry& entry : entries) sorted[starts[digit_of(entry)]++] = entry;
    entries.swap(sorted);
  }
  MortonOrder order;
  for (const Entry& entry : entries) {
    order.points.push_back(entry.point);
    order.codes.push_back(entry.code);
  }
  return order;
}

}  // namespace replearn::tsne
