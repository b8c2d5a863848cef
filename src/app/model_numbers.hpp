#pragma once
#include <vector>

#include "base/index.hpp"

/// Checks of the sizes stored with a model, before memory is allocated for them. All local.
namespace replearn::app {

/// A width or count as an integer; -1 if it is not an integer or exceeds 2^40, the size of any model.
Index whole_number(double number);
std::vector<Index> whole_numbers(const std::vector<double>& numbers);

/// Whether this number of weights suffices for dense layers of these widths. False also if a width is not positive.
bool layers_fit(const std::vector<Index>& widths, Index weights);

}  // namespace replearn::app
