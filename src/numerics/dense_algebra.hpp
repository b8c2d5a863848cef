#pragma once
#include <Eigen/Cholesky>

#include "data/distributed_matrix.hpp"

/// Dense float64 algebra of small matrices, compiled here once: Eigen's kernels take seconds to compile wherever a
/// product or a solver is written out. All functions are local.
namespace replearn {

using ConstRowsRef = Eigen::Ref<const RowMatrixD, 0, Eigen::OuterStride<>>;
using RowsRef = Eigen::Ref<RowMatrixD, 0, Eigen::OuterStride<>>;

/// a b. Result: RowMatrixD or Eigen::MatrixXd. Cost of all products: 2 flops per term.
template <class Result>
Result product(const ConstRowsRef& a, const ConstRowsRef& b);
/// a b of a matrix stored by columns.
template <class Result>
Result product_with_columns(const ConstRowsRef& a, const Eigen::MatrixXd& b);
/// to = a b, which must not overlap.
void product_into(const ConstRowsRef& a, const ConstRowsRef& b, RowsRef to);
/// a' b.
template <class Result>
Result transposed_product(const ConstRowsRef& a, const ConstRowsRef& b);
/// c + a' b.
Eigen::MatrixXd plus_transposed_product(Eigen::MatrixXd c, const ConstRowsRef& a, const ConstRowsRef& b);
/// c - a b.
RowMatrixD minus_product(RowMatrixD c, const ConstRowsRef& a, const ConstRowsRef& b);

/// Cholesky factorization of a symmetric positive definite n x n matrix A, whose lower triangle is read. Cost: n^3 / 3
/// flops; 2 n^2 per column of a solution.
class Cholesky {
 public:
  explicit Cholesky(const Eigen::MatrixXd& a);
  /// A^-1 b.
  Eigen::MatrixXd solve(const Eigen::MatrixXd& b) const;
  Eigen::VectorXd solve(const Eigen::VectorXd& b) const;
  /// A^-1.
  Eigen::MatrixXd inverse() const;
  /// log |A|.
  double log_determinant() const;

 private:
  Eigen::LLT<Eigen::MatrixXd> factor_;
};

/// A^-1 b of a symmetric matrix, semidefinite to rounding, by a pivoted factorization L D L'. Cost: n^3 / 3 flops.
Eigen::VectorXd solve_symmetric(const Eigen::MatrixXd& a, const Eigen::VectorXd& b);

/// All eigenvalues and eigenvectors of a symmetric n x n matrix, whose lower triangle is read. For the leading ones of
/// a large matrix see leading_eigenpairs. Cost: about 9 n^3 flops.
struct SymmetricEigen {
  explicit SymmetricEigen(const Eigen::MatrixXd& symmetric);
  Eigen::VectorXd values;   ///< ascending
  Eigen::MatrixXd vectors;  ///< column j belongs to values[j]; orthonormal
};

}  // namespace replearn
