#pragma once
#include <span>

#include "data/expression_matrix.hpp"
#include "methods/factorize/network.hpp"
#include "mpi/communicator.hpp"

namespace replearn::factorize {

/// Selection of observed entries: training entries, held-out entries, or both.
enum class Part { training, held_out, observed };

/// The matrix as a set of entries: which are observed, and which of these are held out. Whether entry (i, j) is held
/// out follows from (seed, i, j), regardless of storage and distribution. Keeps a reference to the matrix.
/// Memory: one bit per entry, or one byte per stored value where zeros are missing from a sparse matrix.
class TrainingData {
 public:
  /// Which dimensions must have observed entries: samples and genes, or (with known genes) samples alone.
  enum class Check { all, samples };
  /// All ranks.
  /// Throws InputError if a row or a column has no observed entry, all observed entries are equal, or a value is
  /// infinite, NaN where NaN does not denote a missing entry, or, for count losses, negative or not an integer.
  TrainingData(const mpi::Communicator& comm, const Matrix& x, const Options& options, Check check = Check::all);

  Index rows() const { return partition(x_).rows(); }
  Index columns() const { return replearn::columns(x_); }
  Index first_row() const { return partition(x_).begin(rank_); }
  Index local_rows() const { return partition(x_).count(rank_); }

  /// Statistics of the training entries over all ranks; equal to the bit on any number of them.
  Index training_count() const { return training_count_; }
  double mean() const { return mean_; }
  double low() const { return low_; }
  double high() const { return high_; }
  Index held_out_count() const { return held_out_count_; }
  /// Mean over the held-out entries of (x - mean of the training entries of its column)^2, and their variance.
  double held_out_gene_error() const { return held_out_gene_error_; }
  double held_out_variance() const { return held_out_variance_; }

  /// Appends the entries of a local row (counted from the first) at some columns. place_of: for each column its
  /// position in the list of genes, or -1; genes: that list, ascending. base: the index of the entry at position 0.
  /// Local.
  void append_row(Index local_row, std::span<const Index> genes, std::span<const std::int32_t> place_of, Part part,
                  std::int32_t sample_place, std::uint32_t base, Entries<float>& entries) const;

  /// Number of entries, enumerated row by row over all ranks: n m, or the stored values where zeros of a sparse matrix
  /// are missing; and the index of the first local entry.
  Index enumerated() const { return enumerated_; }
  Index first_enumerated() const { return first_enumerated_; }
  Index local_enumerated() const {
    return by_stored_value_ ? std::get<SparseRows>(x_).local_nonzeros() : local_rows() * columns();
  }
  bool enumerates_all() const { return !by_stored_value_; }
  /// A local entry by its index: row (from the first local row), column and value; false if it is not a training entry.
  struct Entry {
    Index local_row, column;
    float x;
  };
  bool training_entry(Index number, Entry& entry) const;

 private:
  bool held_out(Index local_row, Index column) const {
    return (bits_[local_row * words_ + column / 64] >> (column % 64)) & 1;
  }
  bool wanted(bool held, Part part) const { return part == Part::observed || held == (part == Part::held_out); }
  void draw_held_out(const Options& options);
  void count(const mpi::Communicator& comm, const Options& options, Check check);

  const Matrix& x_;
  int rank_;
  Missing missing_;
  bool by_stored_value_;
  std::vector<std::uint64_t> bits_;    // for each local row, words_ words
  std::vector<std::uint8_t> is_held_;  // for each stored value
  Index words_ = 0;
  Index enumerated_ = 0, first_enumerated_ = 0, training_count_ = 0, held_out_count_ = 0;
  double mean_ = 0, low_ = 0, high_ = 0, held_out_gene_error_ = 0, held_out_variance_ = 0;
  mutable std::vector<float> row_;  // buffer for a dense copy of a sparse row; zero between calls
};

}  // namespace replearn::factorize
