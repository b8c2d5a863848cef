#pragma once
#include <Eigen/Core>
#include <cmath>

#include "base/index.hpp"

/// The twin of methods/tsne: t-SNE's formulas in float64 over all pairs, matrices whole.
namespace replearn::test {

using Dense = Eigen::MatrixXd;

inline Dense squared_distances(const Dense& x) {
  Dense d2(x.rows(), x.rows());
  for (Index i = 0; i < x.rows(); ++i) {
    for (Index j = 0; j < x.rows(); ++j) d2(i, j) = (x.row(i) - x.row(j)).squaredNorm();
  }
  return d2;
}

/// Of one row of probabilities, in nats.
inline double entropy(const Eigen::VectorXd& p) {
  double sum = 0;
  for (Index j = 0; j < p.size(); ++j) {
    if (p(j) > 0) sum -= p(j) * std::log(p(j));
  }
  return sum;
}

/// p_{j|i} over the pairs where `neighbors` is true: sigma by bisection of its logarithm.
inline Eigen::VectorXd conditional_row(const Eigen::VectorXd& d2,
                                       const Eigen::Array<bool, Eigen::Dynamic, 1>& neighbors, double perplexity) {
  double low = -40, high = 40;
  Eigen::VectorXd p(d2.size());
  for (int step = 0; step < 80; ++step) {
    const double log_sigma = (low + high) / 2, two_variance = 2 * std::exp(2 * log_sigma);
    double nearest = INFINITY;
    for (Index j = 0; j < d2.size(); ++j) nearest = neighbors(j) ? std::min(nearest, d2(j)) : nearest;
    for (Index j = 0; j < d2.size(); ++j) p(j) = neighbors(j) ? std::exp((nearest - d2(j)) / two_variance) : 0;
    p /= p.sum();
    (entropy(p) < std::log(perplexity) ? low : high) = log_sigma;
  }
  return p;
}

using Mask = Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic>;

/// Every row a neighbor of every other.
inline Mask all_pairs(Index n) {
  Mask mask = Mask::Constant(n, n, true);
  mask.matrix().diagonal().setConstant(false);
  return mask;
}

/// P: neighbors(i, j) says whether j is among the neighbors of i.
inline Dense dense_joint_probabilities(const Dense& d2, const Mask& neighbors, double perplexity) {
  Dense conditional(d2.rows(), d2.rows());
  for (Index i = 0; i < d2.rows(); ++i) {
    conditional.row(i) = conditional_row(d2.row(i).transpose(), neighbors.row(i).transpose(), perplexity).transpose();
  }
  return (conditional + conditional.transpose()) / (2 * static_cast<double>(d2.rows()));
}

/// KL(P || Q) of a map y (n x q); w_ij = (1 + d^2 / dof)^-dof.
inline double dense_kl_divergence(const Dense& p, const Dense& y, double dof = 1) {
  Dense w = squared_distances(y).unaryExpr([dof](double d2) { return std::pow(1 + d2 / dof, -dof); });
  w.diagonal().setZero();
  const double z = w.sum();
  double kl = 0;
  for (Index i = 0; i < p.rows(); ++i) {
    for (Index j = 0; j < p.cols(); ++j) {
      if (p(i, j) > 0) kl += p(i, j) * std::log(p(i, j) / (w(i, j) / z));
    }
  }
  return kl;
}

/// dKL/dy by central differences.
inline Dense numeric_gradient(const Dense& p, const Dense& y, double h, double dof = 1) {
  Dense gradient(y.rows(), y.cols()), moved = y;
  for (Index i = 0; i < y.rows(); ++i) {
    for (Index k = 0; k < y.cols(); ++k) {
      moved(i, k) = y(i, k) + h;
      const double above = dense_kl_divergence(p, moved, dof);
      moved(i, k) = y(i, k) - h;
      gradient(i, k) = (above - dense_kl_divergence(p, moved, dof)) / (2 * h);
      moved(i, k) = y(i, k);
    }
  }
  return gradient;
}

}  // namespace replearn::test
