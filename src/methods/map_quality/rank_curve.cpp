#include "methods/map_quality/rank_curve.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace replearn::map_quality {
namespace {

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

double standard_error(std::span<const double> values, Index n) {
  const auto count = static_cast<double>(values.size());
  if (values.size() < 2 || std::ssize(values) >= n) return 0;
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / (count - 1) / count * (1 - count / static_cast<double>(n)));
}

RankCurve rank_curve(const SampledComparison& sampled, Index n) {
  RankCurve curve;
  curve.sizes = curve_sizes(n);
  const auto rows = sampled.areas.size();
  const auto others = static_cast<double>(n - 1);

  // Q_NX of every k, and where it exceeds that of a random map most.
  std::vector<double> q(n, 0.0);
  Index inside = 0;
  double best = -1;
  for (Index k = 1; k <= n - 1; ++k) {
    inside += sampled.larger_ranks[k - 1];
    q[k] = static_cast<double>(inside) / (static_cast<double>(k) * static_cast<double>(rows));
    const double excess = q[k] - static_cast<double>(k) / others;
    if (excess > best) best = excess, curve.k_max = k;
  }
  curve.auc = {mean_of(sampled.areas), standard_error(sampled.areas, n)};
  const auto mean_q = [&](Index from, Index to) {
    return std::accumulate(q.begin() + from, q.begin() + to + 1, 0.0) / static_cast<double>(to - from + 1);
  };
  curve.q_local.value = mean_q(1, curve.k_max);
  curve.q_global.value = mean_q(curve.k_max, n - 1);

  // Errors from the values of each row.
  const auto width = curve.sizes.size();
  std::vector<double> values(rows);
  const auto error_of = [&](const std::vector<double>& of_rows, auto value_of_row) {
    for (std::size_t row = 0; row < rows; ++row) values[row] = value_of_row(of_rows.data() + row * width);
    return standard_error(values, n);
  };
  for (std::size_t at = 0; at < width; ++at) {
    const auto k = static_cast<double>(curve.sizes[at]);
    curve.q_nx.push_back(q[curve.sizes[at]]);
    curve.r_nx.push_back((others * curve.q_nx.back() - k) / (others - k));
    const double error = error_of(sampled.q_values, [&](const double* q_of_row) { return q_of_row[at]; });
    curve.r_nx_errors.push_back(error * others / (others - k));
  }
  const auto above = std::lower_bound(curve.sizes.begin(), curve.sizes.end(), curve.k_max);
  const auto at = static_cast<std::size_t>(std::min(above, curve.sizes.end() - 1) - curve.sizes.begin());
  const auto k = static_cast<double>(curve.sizes[at]);
  curve.q_local.error = error_of(sampled.q_sums, [&](const double* sums) { return sums[at] / k; });
  curve.q_global.error = error_of(
      sampled.q_sums, [&](const double* sums) { return (sums[width - 1] - sums[at]) / std::max(1.0, others - k); });
  return curve;
}

}  // namespace replearn::map_quality
