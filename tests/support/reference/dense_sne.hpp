#pragma once
#include <algorithm>
#include <vector>

#include "support/reference/dense_tsne.hpp"

/// The twin of methods/tsne/sne: SNE's formulas in float64 over all pairs, matrices whole.
namespace replearn::test {

/// p_{j|i} over the k nearest of each row.
inline Dense dense_conditional_probabilities(const Dense& x, Index k, double perplexity) {
  const Dense d2 = squared_distances(x);
  Dense p(x.rows(), x.rows());
  for (Index i = 0; i < x.rows(); ++i) {
    std::vector<std::pair<double, Index>> others;
    for (Index j = 0; j < x.rows(); ++j) {
      if (j != i) others.emplace_back(d2(i, j), j);
    }
    std::sort(others.begin(), others.end());
    Eigen::Array<bool, Eigen::Dynamic, 1> near = Eigen::Array<bool, Eigen::Dynamic, 1>::Constant(x.rows(), false);
    for (Index j = 0; j < k; ++j) near(others[static_cast<std::size_t>(j)].second) = true;
    p.row(i) = conditional_row(d2.row(i).transpose(), near, perplexity).transpose();
  }
  return p;
}

/// sum_i KL(P_i || Q_i) of a map y (n x q).
inline double dense_sne_cost(const Dense& p, const Dense& y) {
  const Dense d2 = squared_distances(y);
  double cost = 0;
  for (Index i = 0; i < y.rows(); ++i) {
    double nearest = INFINITY, sum = 0;
    for (Index j = 0; j < y.rows(); ++j) nearest = j == i ? nearest : std::min(nearest, d2(i, j));
    for (Index j = 0; j < y.rows(); ++j) sum += j == i ? 0 : std::exp(nearest - d2(i, j));
    for (Index j = 0; j < y.rows(); ++j) {
      if (p(i, j) > 0) cost += p(i, j) * (std::log(p(i, j)) + d2(i, j) - nearest + std::log(sum));
    }
  }
  return cost;
}

/// dC/dy by central differences.
inline Dense numeric_sne_gradient(const Dense& p, const Dense& y, double h) {
  Dense gradient(y.rows(), y.cols()), moved = y;
  for (Index i = 0; i < y.rows(); ++i) {
    for (Index k = 0; k < y.cols(); ++k) {
      moved(i, k) = y(i, k) + h;
      const double above = dense_sne_cost(p, moved);
      moved(i, k) = y(i, k) - h;
      gradient(i, k) = (above - dense_sne_cost(p, moved)) / (2 * h);
      moved(i, k) = y(i, k);
    }
  }
  return gradient;
}

}  // namespace replearn::test
