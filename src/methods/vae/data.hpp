#pragma once
#include <array>
#include <span>

#include "data/expression_matrix.hpp"
#include "methods/vae/cells.hpp"
#include "mpi/communicator.hpp"

namespace replearn::vae {

/// Categories that cells are conditioned on: batches, donors, treatments. Each factor has its levels, one behind the
/// other: with 3 batches and 2 donors, levels 0 to 2 are batches, 3 and 4 donors.
struct Conditions {
  Index factors = 0, levels = 0;
  std::vector<std::int32_t> of_rows;  ///< my rows x factors: the level of each
};

/// The matrix as the model takes it: checked, with each cell's library size and conditions. Keeps a reference to the
/// matrix.
class Data {
 public:
  /// All ranks. Throws InputError if a value is not finite, is no count where counts are wanted, or is not between 0
  /// and 1 where the likelihood is Bernoulli; or if a cell has no counts and its sum is wanted.
  Data(const mpi::Communicator& comm, const Matrix& x, const Shape& shape, const Conditions& conditions);

  Index rows() const { return partition(x_).rows(); }
  Index first_row() const { return partition(x_).begin(rank_); }
  Index local_rows() const { return partition(x_).count(rank_); }
  const RowPartition& parts() const { return partition(x_); }
  /// Logarithms of the sums of my rows; empty unless of Library::observed.
  const std::vector<double>& log_library() const { return log_library_; }
  const Conditions& conditions() const { return conditions_; }
  /// Some of my rows, counted from my first. Local.
  template <class Scalar>
  void take(std::span<const Index> rows, Cells<Scalar>& cells) const;

 private:
  const Matrix& x_;
  Shape shape_;
  Conditions conditions_;
  int rank_;
  bool sparse_input_ = false;
  std::array<double, 64> log1p_;  // of small counts
  std::vector<double> log_library_;
};

}  // namespace replearn::vae
