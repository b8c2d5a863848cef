#pragma once
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "data/row_blocks.hpp"
#include "mpi/reproducible_sum.hpp"
#include "numerics/column_statistics.hpp"
#include "numerics/sparse_products.hpp"

namespace replearn {

/// D: 1; one over the standard deviations of the columns; or the nearest power of two, which introduces no rounding.
/// Constant columns get 0 (1 for none) and thus drop out.
enum class ColumnScale { none, deviation, power_of_two };

/// Implicitly centered and scaled matrix A = (X - 1 mu^T) D of an expression matrix X (n x m), where mu are the column
/// means (or 0) and D is given by ColumnScale. A sparse X is never densified: mu and D are applied algebraically; only
/// columns that are stored in every row and far from zero are centered explicitly, in a copy of X or, if X is on disk,
/// as its blocks are read. A dense X is centered block by block. This avoids cancellation for any column offsets; sums are scaled by the norm of each
/// column, so that columns of different scale keep their precision.
///
/// Rows are processed in the blocks of the partition, each by one matrix product whose shape depends only on n and m,
/// so results are bitwise identical on any number of ranks, and wherever X is stored. Keeps a reference to X.
class CenteredMatrix {
 public:
  /// Collective: two (sparse) or three passes over the local values. Throws InputError if a value of a sparse X is not
  /// finite; a dense X must be finite.
  CenteredMatrix(const mpi::Communicator& comm, const Matrix& x, bool center, ColumnScale scale);
  /// Of sparse rows in memory or on disk. Every product visits them once, and throws InputError if they cannot be read.
  CenteredMatrix(const mpi::Communicator& comm, const RowBlocks& x, bool center, ColumnScale scale);
  /// Uses mu and D of another matrix, m each. Supports times() only: norms and products with A^T are undefined. Local.
  CenteredMatrix(const Matrix& x, int rank, std::vector<double> mean, std::vector<double> scale);
  CenteredMatrix(const CenteredMatrix&) = delete;
  CenteredMatrix& operator=(const CenteredMatrix&) = delete;

  Index rows() const { return partition().rows(); }
  Index columns() const { return static_cast<Index>(mean_.size()); }
  const RowPartition& partition() const { return dense_ ? dense_->partition : sparse_->partition(); }

  /// mu and the diagonal of D.
  const std::vector<double>& mean() const { return mean_; }
  const std::vector<double>& scale() const { return scale_; }
  /// |A|_F^2, the sum of squares of all singular values.
  double squared_norm() const { return squared_norm_; }
  /// Reference for rounding errors: |A|_F^2, plus |X D|_F^2 of the columns of a sparse X whose centering cancels.
  double raw_squared_norm() const { return raw_squared_norm_; }

  /// Squared norm of each column of A.
  const std::vector<double>& squared_lengths() const { return squared_lengths_; }

  /// A^T A (m x m) in float64, on every rank. Collective. Dense: n m^2 flops; sparse: the sum over rows of
  /// nonzeros^2. Sends 4 m^2 bytes in one reduction; memory 12 m^2 (sparse) to 20 m^2 bytes.
  RowMatrixD gram(const mpi::Communicator& comm) const;

  /// A^T A V (m x l) on every rank, products in float32, sums over blocks exact: error about 1e-7 |A|^2. v: m x l,
  /// identical on all ranks, column norms <= 1. Collective. 4 l flops per stored value (dense: 4 n m l in total); sends
  /// 8 m l bytes in one reduction. Fast while V (4 m l bytes) fits in cache.
  RowMatrixD gram_times(const mpi::Communicator& comm, const RowMatrixD& v) const;

  /// A V for the local rows (local rows x l) in float64. Collective. 2 l flops per stored value.
  RowMatrixD times(const mpi::Communicator& comm, const RowMatrixD& v) const;

 private:
  template <class Scalar>
  using Rows = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  /// The rows of a local block minus mu, times `scale`.
  template <class Scalar>
  Rows<Scalar> centered_block(const DistributedMatrix& x, Index block, const std::vector<double>& scale) const;
  /// D, divided by powers of two so that all columns of A have norm <= 1.
  std::vector<double> unit_scale() const;
  /// D V and mu^T D V, for A V = X (D V) - 1 (mu^T D V).
  template <class Scalar>
  std::pair<PaddedRows<Scalar>, std::vector<Scalar>> scaled_right_side(const RowMatrixD& v) const;
  void open(const Matrix& x);
  /// Takes mu, D and the norms of the columns from their moments, and centers columns that are far from zero.
  void use_moments(const ColumnMoments& moments, bool center, ColumnScale scale);
  void center_far_columns(std::vector<std::uint8_t> far);
  void subtract_means(SparseRows& rows) const;
  /// Visits the sparse rows, those of far columns centered. Collective; `work` is local.
  void visit_sparse(const mpi::Communicator& comm,
                    const std::function<void(Index first, const SparseRows& rows)>& work) const;
  /// A^T A v over the local rows.
  void add_gram_times_dense(const RowMatrixD& v, mpi::FixedPointSum& sum) const;
  void add_gram_times_sparse(const mpi::Communicator& comm, const RowMatrixD& v, mpi::FixedPointSum& sum) const;

  const DistributedMatrix* dense_ = nullptr;  // X is either this
  const RowBlocks* sparse_ = nullptr;         // or this: of the caller, or in_memory_
  std::optional<MatrixRows> in_memory_;
  std::optional<Matrix> shifted_;         // copy of a sparse X in memory with centered columns
  std::vector<std::uint8_t> center_now_;  // columns that are centered as they are visited; empty: none
  int rank_;
  std::vector<double> mean_;   // mu
  std::vector<double> scale_;  // D
  std::vector<double> squared_lengths_;
  std::vector<double> offset_;  // mu, or 0 of columns that are centered explicitly
  double squared_norm_ = 0, raw_squared_norm_ = 0;
  std::vector<int> exponents_;  // exponent e of each column norm of X D, |column| < 2^e: bounds sums of products
  int largest_exponent_ = 0;
};

}  // namespace replearn
