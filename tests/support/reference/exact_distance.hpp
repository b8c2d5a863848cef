#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "numerics/metric.hpp"

namespace replearn::test {

/// The definition of a metric, between rows i and j of x, in float64.
inline double exact_distance(Metric metric, const RowMatrix& x, Index i, Index j) {
  const bool direction = metric.kind == Metric::cosine || metric.kind == Metric::correlation;
  const auto row = [&](Index r) {
    std::vector<double> values(x.row(r).begin(), x.row(r).end());
    double mean = 0, square = 0;
    for (const double v : values) mean += v / static_cast<double>(values.size());
    if (metric.kind != Metric::correlation) mean = 0;
    for (const double v : values) square += (v - mean) * (v - mean);
    for (double& v : values) v = direction ? (v - mean) / std::sqrt(square) : v;
    return values;
  };
  const auto a = row(i), b = row(j);
  double sum = 0, squares = 0, powers = 0, largest = 0, differ = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    const double t = std::abs(a[k] - b[k]);
    sum += t, squares += t * t, powers += std::pow(t, metric.p);
    largest = std::max(largest, t);
    differ += t > 0 ? 1 : 0;
  }
  switch (metric.kind) {
    case Metric::euclidean:
      return std::sqrt(squares);
    case Metric::sqeuclidean:
      return squares;
    case Metric::cosine:
    case Metric::correlation:
      return squares / 2;
    case Metric::manhattan:
      return sum;
    case Metric::chebyshev:
      return largest;
    case Metric::hamming:
      return differ / static_cast<double>(a.size());
    case Metric::minkowski:
      break;
  }
  return metric.p == 0 ? differ : std::isinf(metric.p) ? largest : std::pow(powers, 1 / metric.p);
}

}  // namespace replearn::test
