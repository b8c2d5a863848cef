#pragma once
#include <string>
#include <utility>
#include <vector>

namespace replearn {

/// A distance between two rows x and y of d numbers, defined as in SciPy (scipy.spatial.distance):
///
///   euclidean     |x - y|_2
///   sqeuclidean   |x - y|_2^2
///   cosine        1 - x.y / (|x|_2 |y|_2)
///   correlation   as cosine, of rows minus their means
///   manhattan     sum |x_k - y_k|              (cityblock)
///   chebyshev     max |x_k - y_k|
///   minkowski     (sum |x_k - y_k|^p)^(1/p), p > 0; p = 0: how many entries differ; p infinite: chebyshev
///   hamming       the share of entries that differ
///
/// The cosine distance of a row without a direction (all zero; for correlation, all entries equal) is 1 from all others
/// and 0 from similar rows, where SciPy returns NaN.
struct Metric {
  enum Kind { euclidean, sqeuclidean, cosine, correlation, manhattan, chebyshev, minkowski, hamming };
  Kind kind = euclidean;
  double p = 2;  ///< for minkowski; otherwise 2

  constexpr Metric() = default;
  constexpr Metric(Kind name, double power = 2) : kind(name), p(power) {}  // implicit conversion from a name
  bool operator==(const Metric&) const = default;

  /// Normalizes minkowski with p = 1, 2 or infinity (or p > 2^30, equal in float32) to the corresponding named metric;
  /// others are unchanged.
  Kind form() const;
  /// Whether it is an increasing function of the Euclidean distance of prepared rows (blocked_distances.hpp), so that
  /// it is bounded by a matrix product.
  bool has_product() const;
  /// Throws InputError naming --p: negative, NaN, or given to a metric that has none.
  void validate() const;
};

/// All accepted names of metrics. The first name of a metric is its canonical one.
const std::vector<std::pair<std::string, Metric::Kind>>& metric_names();
/// "euclidean", "minkowski" ...
std::string metric_name(Metric metric);
/// Readable form: "minkowski, p = 3".
std::string metric_text(Metric metric);

}  // namespace replearn
