#include "app/model_numbers.hpp"

#include <cmath>

namespace replearn::app {

Index whole_number(double number) {
  constexpr double max_width = 1099511627776.0;  // 2^40
  return number == std::floor(number) && std::abs(number) <= max_width ? static_cast<Index>(number) : Index{-1};
}

std::vector<Index> whole_numbers(const std::vector<double>& numbers) {
  std::vector<Index> whole;
  for (const double number : numbers) whole.push_back(whole_number(number));
  return whole;
}

bool layers_fit(const std::vector<Index>& widths, Index weights) {
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] < 1) return false;
    if (i > 0 && widths[i - 1] > weights / widths[i]) return false;  // the product itself could overflow
  }
  return true;
}

}  // namespace replearn::app
