#pragma once
#include <vector>

#include "base/index.hpp"

/// What a model in a file says of itself, looked at before memory follows from it. All local.
namespace replearn::cli {

/// A width or a count as a whole number; -1 if it is none, or larger than any model's (2^40).
Index whole_number(double number);
std::vector<Index> whole_numbers(const std::vector<double>& numbers);

/// Whether dense layers from each of these widths to the next may be among so many weights. False too if a width is
/// not above 0.
bool layers_fit(const std::vector<Index>& widths, Index weights);

}  // namespace replearn::cli
