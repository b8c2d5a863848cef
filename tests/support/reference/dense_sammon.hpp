#pragma once
#include <Eigen/Core>
#include <cmath>

#include "base/index.hpp"
#include "methods/sammon/stress_kernel.hpp"

/// The twin of methods/sammon: the paper's formulas in float64 over all pairs, matrices whole.
namespace replearn::test {

using Dense = Eigen::MatrixXd;

/// Euclidean, n x n.
inline Dense distances(const Dense& x) {
  Dense d(x.rows(), x.rows());
  for (Index i = 0; i < x.rows(); ++i) {
    for (Index j = 0; j < x.rows(); ++j) d(i, j) = (x.row(i) - x.row(j)).norm();
  }
  return d;
}

/// E of a map y (n x q), given the distances d*: the paper's, or with another weight of the pairs.
inline double dense_stress(const Dense& given, const Dense& y, const sammon::PairWeight& weight = {}) {
  double sum = 0, c = 0;
  for (Index i = 0; i < y.rows(); ++i) {
    for (Index j = i + 1; j < y.rows(); ++j) {
      const double difference = given(i, j) - (y.row(i) - y.row(j)).norm();
      const double w = 1 / (std::pow(given(i, j), weight.a) + weight.b);
      sum += w * difference * difference;
      c += w * given(i, j) * given(i, j);
    }
  }
  return sum / c;
}

/// dE/dy_ip and d2E/dy_ip^2 by central differences.
struct NumericDerivatives {
  Dense first, second;
};
inline NumericDerivatives numeric_derivatives(const Dense& given, const Dense& y, double h,
                                              const sammon::PairWeight& weight = {}) {
  NumericDerivatives numeric{Dense(y.rows(), y.cols()), Dense(y.rows(), y.cols())};
  const double here = dense_stress(given, y, weight);
  Dense moved = y;
  for (Index i = 0; i < y.rows(); ++i) {
    for (Index p = 0; p < y.cols(); ++p) {
      moved(i, p) = y(i, p) + h;
      const double above = dense_stress(given, moved, weight);
      moved(i, p) = y(i, p) - h;
      const double below = dense_stress(given, moved, weight);
      moved(i, p) = y(i, p);
      numeric.first(i, p) = (above - below) / (2 * h);
      numeric.second(i, p) = (above - 2 * here + below) / (h * h);
    }
  }
  return numeric;
}

/// The sums of the paper's equations (2) and (3), without the factor -2/c.
struct DenseSums {
  Dense e1, e2;
};
inline DenseSums dense_sums(const Dense& given, const Dense& y) {
  DenseSums sums{Dense::Zero(y.rows(), y.cols()), Dense::Zero(y.rows(), y.cols())};
  for (Index p = 0; p < y.rows(); ++p) {
    for (Index j = 0; j < y.rows(); ++j) {
      if (j == p) continue;
      const double star = given(p, j), d = (y.row(p) - y.row(j)).norm();
      for (Index q = 0; q < y.cols(); ++q) {
        const double between = y(p, q) - y(j, q);
        sums.e1(p, q) += (star - d) / (d * star) * between;
        sums.e2(p, q) += 1 / (star * d) * ((star - d) - between * between / d * (1 + (star - d) / d));
      }
    }
  }
  return sums;
}

}  // namespace replearn::test
