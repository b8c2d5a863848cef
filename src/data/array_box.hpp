#pragma once
#include <functional>
#include <span>
#include <vector>

#include "base/index.hpp"

namespace replearn {

/// A box of an array: along each axis `count` elements starting at `begin`.
struct ArrayBox {
  std::vector<Index> begin, count;
};
/// Writes a box of an array too large for memory; values in row-major order. Called by one rank.
using WriteBox = std::function<void(const ArrayBox&, std::span<const float>)>;

/// Reads such a box. Called by one rank.
using ReadBox = std::function<void(const ArrayBox&, std::span<float>)>;

}  // namespace replearn
