#pragma once
#include <optional>
#include <utility>
#include <vector>

#include "data/expression_matrix.hpp"
#include "mpi/reproducible_sum.hpp"
#include "numerics/sparse_products.hpp"

namespace replearn {

/// D: 1; one over the columns' standard deviations; or the power of two next to it, which rounds nothing. A constant
/// column has 0 (1 of none), and so drops out.
enum class ColumnScale { none, deviation, power_of_two };

/// A = (X - 1 mu^T) D seen through an expression matrix X (n x m): mu the column means (or 0), D as ColumnScale says.
/// A sparse X is never densified: mu and D are carried through the algebra; but a column that is stored in every row
/// and lies far from zero is centered itself, in a copy of X. A dense X is centered a block of rows at a time. So
/// nothing cancels, whatever the columns' offsets, and sums are taken in units of each column's own length, so that
/// columns of unlike scale keep their digits.
///
/// Rows are worked on in the blocks of the partition, each in one matrix product of a shape fixed by n and m: every
/// number is the same to the bit on any number of ranks. Keeps a reference to X.
class CenteredMatrix {
 public:
  /// Collective: three passes over my values. X must be finite.
  CenteredMatrix(const mpi::Communicator& comm, const Matrix& x, bool center, ColumnScale scale);
  /// X seen by another matrix's mu and D, m each. For times() alone: norms and products with A^T are not known. Local.
  CenteredMatrix(const Matrix& x, int rank, std::vector<double> mean, std::vector<double> scale)
      : x_(x), rank_(rank), mean_(std::move(mean)), scale_(std::move(scale)), offset_(mean_) {}

  Index rows() const { return replearn::rows(x_); }
  Index columns() const { return static_cast<Index>(mean_.size()); }
  const RowPartition& partition() const { return replearn::partition(x_); }

  /// mu and the diagonal of D.
  const std::vector<double>& mean() const { return mean_; }
  const std::vector<double>& scale() const { return scale_; }
  /// |A|_F^2, the sum of squares of all singular values.
  double squared_norm() const { return squared_norm_; }
  /// What rounding errors are relative to: |A|_F^2, and where centering a sparse X cancels, |X D|_F^2 of those columns.
  double raw_squared_norm() const { return raw_squared_norm_; }

  /// Of each column of A.
  const std::vector<double>& squared_lengths() const { return squared_lengths_; }

  /// A^T A (m x m) in float64, on every rank. Collective. Dense: n m^2 flops; sparse: the sum over rows of
  /// nonzeros^2. Sends 4 m^2 bytes in one reduction; memory 12 m^2 (sparse) to 20 m^2 bytes.
  RowMatrixD gram(const mpi::Communicator& comm) const;

  /// A^T A V (m x l) on every rank, products in float32, sums over blocks exact: relative error some 1e-7 of |A|^2.
  /// v: m x l, the same on all ranks, columns of length 1 or less. Collective. 4 l flops a stored value (dense: 4 n m l
  /// in all); sends 8 m l bytes in one reduction. V stays in cache while m l 4 bytes do.
  RowMatrixD gram_times(const mpi::Communicator& comm, const RowMatrixD& v) const;

  /// A V for my rows (local rows x l) in float64. Local. 2 l flops a stored value.
  RowMatrixD times(const RowMatrixD& v) const;

 private:
  template <class Scalar>
  using Rows = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  /// The rows in a block that this rank owns, less mu, times `scale`.
  template <class Scalar>
  Rows<Scalar> centered_block(const DistributedMatrix& x, Index block, const std::vector<double>& scale) const;
  /// D, divided by powers of two so that no column of A is longer than 1.
  std::vector<double> unit_scale() const;
  /// D V and mu^T D V, with which A V = X (D V) - 1 (mu^T D V).
  template <class Scalar>
  std::pair<PaddedRows<Scalar>, std::vector<Scalar>> scaled_right_side(const RowMatrixD& v) const;
  /// A^T A v of my rows.
  void add_gram_times(const DistributedMatrix& x, const RowMatrixD& v, mpi::FixedPointSum& sum) const;
  void add_gram_times(const SparseRows& x, const RowMatrixD& v, mpi::FixedPointSum& sum) const;

  /// X, or the copy of it whose columns that lie far from zero are centered.
  const SparseRows& sparse() const { return shifted_ ? *shifted_ : std::get<SparseRows>(x_); }
  void center_far_columns(const std::vector<std::uint8_t>& far);

  const Matrix& x_;
  int rank_;
  std::vector<double> mean_;   // mu
  std::vector<double> scale_;  // D
  std::vector<double> squared_lengths_;
  std::optional<SparseRows> shifted_;
  std::vector<double> offset_;  // mu of sparse()
  double squared_norm_ = 0, raw_squared_norm_ = 0;
  std::vector<int> exponents_;  // of each column's length in X D, |column| < 2^e: bounds sums of products
  int largest_exponent_ = 0;
};

}  // namespace replearn
