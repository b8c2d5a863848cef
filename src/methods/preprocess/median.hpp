#pragma once
#include <vector>

namespace replearn {

/// The median, or the mean of the two middle values; NaN for an empty array. Entries must not be NaN. Local, O(count).
double median(std::vector<double> values);

}  // namespace replearn
