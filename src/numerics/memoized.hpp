#pragma once
#include <array>
#include <bit>
#include <cstdint>

namespace replearn {

/// Memoizes a function of a float32. For costly functions of values that repeat: counts divided by the total of their
/// cell take few values in each cell. Results are those of the function. Not for use by several threads.
template <class Function>
class Memoized {
 public:
  using Result = decltype(Function()(0.0f));
  Memoized() { entries_.fill({0.0f, Function()(0.0f)}); }

  Result operator()(float x) {
    constexpr std::uint32_t golden_ratio = 2654435769u;  // of 2^32: spreads nearby values
    auto& entry = entries_[std::bit_cast<std::uint32_t>(x) * golden_ratio >> (32 - bits)];
    if (std::bit_cast<std::uint32_t>(entry.argument) != std::bit_cast<std::uint32_t>(x)) entry = {x, Function()(x)};
    return entry.result;
  }

 private:
  static constexpr int bits = 9;
  struct Entry {
    float argument;
    Result result;
  };
  std::array<Entry, std::size_t{1} << bits> entries_;
};

}  // namespace replearn
