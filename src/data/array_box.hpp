#pragma once
#include <functional>
#include <span>
#include <vector>

#include "base/index.hpp"

namespace replearn {

/// A part of an array: along each axis `count` elements from `begin` on.
struct ArrayBox {
  std::vector<Index> begin, count;
};
/// Takes the values of a part of an array too large for memory, in row-major order, one rank by itself.
using WriteBox = std::function<void(const ArrayBox&, std::span<const float>)>;

/// Fills in the values of such a part, one rank by itself.
using ReadBox = std::function<void(const ArrayBox&, std::span<float>)>;

}  // namespace replearn
