#include "numerics/dense_algebra.hpp"

#include <Eigen/Eigenvalues>
#include <cmath>

namespace replearn {

template <class Result>
Result product(const ConstRowsRef& a, const ConstRowsRef& b) {
  return a * b;
}

template <class Result>
Result product_with_columns(const ConstRowsRef& a, const Eigen::MatrixXd& b) {
  return a * b;
}

void product_into(const ConstRowsRef& a, const ConstRowsRef& b, RowsRef to) {
  to.noalias() = a * b;
}

template <class Result>
Result transposed_product(const ConstRowsRef& a, const ConstRowsRef& b) {
  return a.transpose() * b;
}

template RowMatrixD product(const ConstRowsRef&, const ConstRowsRef&);
template RowMatrixD product_with_columns(const ConstRowsRef&, const Eigen::MatrixXd&);
template RowMatrixD transposed_product(const ConstRowsRef&, const ConstRowsRef&);
template Eigen::MatrixXd product(const ConstRowsRef&, const ConstRowsRef&);
template Eigen::MatrixXd product_with_columns(const ConstRowsRef&, const Eigen::MatrixXd&);
template Eigen::MatrixXd transposed_product(const ConstRowsRef&, const ConstRowsRef&);

Eigen::MatrixXd plus_transposed_product(Eigen::MatrixXd c, const ConstRowsRef& a, const ConstRowsRef& b) {
  c.noalias() += a.transpose() * b;
  return c;
}

RowMatrixD minus_product(RowMatrixD c, const ConstRowsRef& a, const ConstRowsRef& b) {
  c.noalias() -= a * b;
  return c;
}

Cholesky::Cholesky(const Eigen::MatrixXd& a) : factor_(a) {}

Eigen::MatrixXd Cholesky::solve(const Eigen::MatrixXd& b) const {
  return factor_.solve(b);
}

Eigen::VectorXd Cholesky::solve(const Eigen::VectorXd& b) const {
  return factor_.solve(b);
}

Eigen::MatrixXd Cholesky::inverse() const {
  return solve(Eigen::MatrixXd(Eigen::MatrixXd::Identity(factor_.rows(), factor_.cols())));
}

double Cholesky::log_determinant() const {
  double sum = 0;
  for (Index i = 0; i < factor_.rows(); ++i) sum += 2 * std::log(factor_.matrixLLT()(i, i));
  return sum;
}

Eigen::VectorXd solve_symmetric(const Eigen::MatrixXd& a, const Eigen::VectorXd& b) {
  return a.ldlt().solve(b);
}

SymmetricEigen::SymmetricEigen(const Eigen::MatrixXd& symmetric) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(symmetric);
  values = solver.eigenvalues();
  vectors = solver.eigenvectors();
}

}  // namespace replearn
