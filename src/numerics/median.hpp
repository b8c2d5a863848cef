#pragma once
#include <vector>

namespace replearn {

/// The middle number, or the mean of the two middle ones; NaN of nothing. No entry is NaN. Local, O(count).
double median(std::vector<double> values);

}  // namespace replearn
