#pragma once
#include <span>

#include "data/expression_matrix.hpp"
#include "methods/factorize/network.hpp"
#include "mpi/communicator.hpp"

namespace replearn::factorize {

/// Which of the observed entries: those that are trained on, those kept from it, or both.
enum class Part { training, held_out, observed };

/// The matrix as entries: which were observed, and which of those are held out. Whether entry (i, j) is held out
/// follows from (seed, i, j), however the matrix is stored and dealt out. Keeps a reference to the matrix. Memory: one
/// bit an entry, or one byte a stored value where zeros are missing from a sparse matrix.
class TrainingData {
 public:
  /// What must have something to learn from: samples and genes, or (genes being known) samples alone.
  enum class Check { all, samples };
  /// All ranks. Throws InputError if a row or a column has no observed entry, all observed ones are equal, or a value
  /// is infinite, or NaN where these are not named as missing, or negative or no whole number where counts are wanted.
  TrainingData(const mpi::Communicator& comm, const Matrix& x, const Options& options, Check check = Check::all);

  Index rows() const { return partition(x_).rows(); }
  Index columns() const { return replearn::columns(x_); }
  Index first_row() const { return partition(x_).begin(rank_); }
  Index local_rows() const { return partition(x_).count(rank_); }

  /// Of the entries trained on, over all ranks; the same to the bit on any number of them.
  Index training_count() const { return training_count_; }
  double mean() const { return mean_; }
  double low() const { return low_; }
  double high() const { return high_; }
  Index held_out_count() const { return held_out_count_; }
  /// Mean over the held-out entries of (x - mean of the training entries of its column)^2, and of (x - their mean)^2.
  double held_out_gene_error() const { return held_out_gene_error_; }
  double held_out_variance() const { return held_out_variance_; }

  /// Appends the entries of my row (counted from my first) at some columns. place_of: of each column its place in the
  /// list of genes, or -1; genes: that list, ascending. base: the number of the entry in place 0. Local.
  void append_row(Index local_row, std::span<const Index> genes, std::span<const std::int32_t> place_of, Part part,
                  std::int32_t sample_place, std::uint32_t base, Entries<float>& entries) const;

  /// Entries counted row by row over all ranks, as far as they are stored: n m, or the stored values where zeros of a
  /// sparse matrix are missing; and where mine begin.
  Index enumerated() const { return enumerated_; }
  Index first_enumerated() const { return first_enumerated_; }
  Index local_enumerated() const {
    return by_stored_value_ ? std::get<SparseRows>(x_).local_nonzeros() : local_rows() * columns();
  }
  bool enumerates_all() const { return !by_stored_value_; }
  /// One of mine by its number there: its row (from my first), column and value; false if it is not trained on.
  struct Entry {
    Index local_row, column;
    float x;
  };
  bool training_entry(Index number, Entry& entry) const;

 private:
  bool held_out(Index local_row, Index column) const {
    return (bits_[static_cast<std::size_t>(local_row * words_ + column / 64)] >> (column % 64)) & 1;
  }
  bool wanted(bool held, Part part) const { return part == Part::observed || held == (part == Part::held_out); }
  void draw_held_out(const Options& options);
  void count(const mpi::Communicator& comm, const Options& options, Check check);

  const Matrix& x_;
  int rank_;
  Missing missing_;
  bool by_stored_value_;
  std::vector<std::uint64_t> bits_;    // of each of my rows, words_ words
  std::vector<std::uint8_t> is_held_;  // of each stored value
  Index words_ = 0;
  Index enumerated_ = 0, first_enumerated_ = 0, training_count_ = 0, held_out_count_ = 0;
  double mean_ = 0, low_ = 0, high_ = 0, held_out_gene_error_ = 0, held_out_variance_ = 0;
  mutable std::vector<float> row_;  // a sparse row spread out; zeros between calls
};

}  // namespace replearn::factorize
