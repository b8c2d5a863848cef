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
///   correlation   the same of rows less their means
///   manhattan     sum |x_k - y_k|              (cityblock)
///   chebyshev     max |x_k - y_k|
///   minkowski     (sum |x_k - y_k|^p)^(1/p), p > 0; p = 0: how many entries differ; p infinite: chebyshev
///   hamming       the share of entries that differ
///
/// A row without a direction (all zero; for correlation, all entries equal) is at cosine distance 1 from all others but
/// 0 from one like it, where SciPy has NaN.
struct Metric {
  enum Kind { euclidean, sqeuclidean, cosine, correlation, manhattan, chebyshev, minkowski, hamming };
  Kind kind = euclidean;
  double p = 2;  ///< of minkowski; of others it stays 2

  constexpr Metric() = default;
  constexpr Metric(Kind name, double power = 2) : kind(name), p(power) {}  // a name alone is a metric
  bool operator==(const Metric&) const = default;

  /// minkowski with p = 1, 2 or infinity (2^30: the same to float32) goes by the name it has without p, others by their
  /// own.
  Kind form() const;
  /// Whether it is a rising function of the Euclidean distance of prepared rows (blocked_distances.hpp), so that a
  /// matrix product bounds it.
  bool has_product() const;
  /// Throws InputError naming --p: negative, NaN, or given to a metric that has none.
  void validate() const;
};

/// Every name by which a metric is chosen. Of two names of one metric the first is its own.
const std::vector<std::pair<std::string, Metric::Kind>>& metric_names();
/// "euclidean", "minkowski" ...
std::string metric_name(Metric metric);
/// The same for people: "minkowski, p = 3".
std::string metric_text(Metric metric);

}  // namespace replearn
