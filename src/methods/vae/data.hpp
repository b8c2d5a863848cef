#pragma once
#include <array>
#include <span>

#include "data/expression_matrix.hpp"
#include "methods/vae/cells.hpp"
#include "mpi/communicator.hpp"

namespace replearn::vae {

/// Categorical covariates of the cells: batches, donors, treatments. The levels of all factors are numbered
/// consecutively: with 3 batches and 2 donors, levels 0 to 2 are batches, 3 and 4 donors.
struct Conditions {
  Index factors = 0, levels = 0;
  std::vector<std::int32_t> of_rows;  ///< local rows x factors: the level of each
};

/// The validated matrix with library size and conditions of each cell. Keeps a reference to the matrix.
class Data {
 public:
  /// All ranks. Throws InputError if a value is not finite, is not a count for a count likelihood, or is not between 0
  /// and 1 for the Bernoulli likelihood; or if a cell has no counts and its library size is needed.
  Data(const mpi::Communicator& comm, const Matrix& x, const Shape& shape, const Conditions& conditions);

  Index rows() const { return partition(x_).rows(); }
  Index first_row() const { return partition(x_).begin(rank_); }
  Index local_rows() const { return partition(x_).count(rank_); }
  const RowPartition& parts() const { return partition(x_); }
  /// Logarithms of the library sizes of the local rows; empty unless Library::observed.
  const std::vector<double>& log_library() const { return log_library_; }
  const Conditions& conditions() const { return conditions_; }
  /// Gathers a batch of local rows, counted from the first local row. Local.
  template <class Scalar>
  void take(std::span<const Index> rows, Cells<Scalar>& cells) const;

 private:
  const Matrix& x_;
  Shape shape_;
  Conditions conditions_;
  int rank_;
  bool sparse_input_ = false;
  std::array<double, 64> log1p_;  // table of log(1 + x) for small counts
  std::vector<double> log_library_;
};

}  // namespace replearn::vae
