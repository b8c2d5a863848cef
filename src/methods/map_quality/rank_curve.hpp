#pragma once
#include "methods/map_quality/sampled_rows.hpp"

namespace replearn::map_quality {

/// A value estimated from sampled rows, with its standard error: 0 if all rows were used.
struct Estimate {
  double value = 0, error = 0;
};

/// Agreement of neighborhoods of every size k.
///
/// Q_NX(k): mean fraction of a row's k nearest neighbors in the reference that are among its k nearest in the map (Lee
/// and Verleysen 2009). R_NX(k) = ((n - 1) Q_NX(k) - k) / (n - 1 - k): 0 for a random map, 1 for a perfect one.
struct RankCurve {
  std::vector<Index> sizes;  ///< k, curve_sizes(n)
  std::vector<double> q_nx, r_nx;
  std::vector<double> r_nx_errors;
  Estimate auc;      ///< area under R_NX over log k: weighted by 1 / k (Lee, Peluffo-Ordonez and Verleysen 2015)
  Index k_max = 0;   ///< the k of the largest Q_NX(k) - k / (n - 1): smaller ones are local
  Estimate q_local;  ///< mean of Q_NX(1) to Q_NX(k_max) (Lee and Verleysen 2009)
  Estimate q_global; ///< mean of Q_NX(k_max) to Q_NX(n - 1)
};

/// n: all rows. Local. The errors of q_local and q_global are those at the size of the curve nearest to k_max.
RankCurve rank_curve(const SampledComparison& sampled, Index n);

/// Standard error of the mean of values of `count` rows sampled without replacement out of n. Local.
double standard_error(std::span<const double> values, Index n);

}  // namespace replearn::map_quality
