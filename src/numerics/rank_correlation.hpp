#pragma once
#include <span>
#include <vector>

namespace replearn {

/// Spearman's rank correlation: Pearson's correlation of the ranks, ties sharing their mean rank. NaN if either is
/// constant. Local. O(n log n).
double spearman(std::span<const double> x, std::span<const double> y);

/// Ranks of the values, from 1; ties get their mean rank. Local. O(n log n).
std::vector<double> mean_ranks(std::span<const double> values);

}  // namespace replearn
