#pragma once
#include <vector>

#include "data/stored_rows.hpp"

namespace replearn::preprocess {

/// Normalization of cells to equal totals (Scanpy's normalize_total).
struct Normalization {
  std::vector<double> factors;  ///< of the local cells
  double target_sum = 0;        ///< total of each cell after normalization
  Index empty_cells = 0;        ///< number of cells without counts, which stay zero
};

/// Total of each local cell's features, in float64 and in column order. features: mask of columns; empty: all.
/// Collective; one pass over the values.
std::vector<double> row_totals(const mpi::Communicator& comm, const RowBlocks& counts,
                               const std::vector<std::uint8_t>& features = {});

/// Factors target_sum / (total of the cell), from the totals of the local cells. target_sum 0: the median of the totals
/// that are greater than 0. Collective; for the median root receives 8 n bytes. Throws InputError if all counts are
/// zero.
Normalization normalization(const mpi::Communicator& comm, std::vector<double> totals, double target_sum);

/// What is done to the features of each row: x * factor, then ln(1 + x), both rounded to float32.
struct RowTransform {
  std::vector<double> factors;         ///< of the local rows; empty: none
  bool log1p = false;                  ///< natural logarithm of 1 + x
  std::vector<std::uint8_t> features;  ///< mask of the columns; empty: all

  /// first: local index of the block's first row. Local; one pass over the values.
  void apply(Matrix& block, Index first = 0) const;
};

/// Stored rows, transformed whenever they are visited: no second matrix is made.
class TransformedRows : public RowBlocks {
 public:
  TransformedRows(StoredRows rows, RowTransform transform) : rows_(std::move(rows)), transform_(std::move(transform)) {}
  const RowPartition& partition() const override { return rows_.partition(); }
  Index columns() const override { return rows_.columns(); }
  bool is_sparse() const override { return rows_.is_sparse(); }
  std::vector<Index> offsets() const override { return rows_.offsets(); }
  void visit(const Work& work) const override {
    rows_.read([&](Index first, Matrix& block) {
      transform_.apply(block, first);
      work(first, block);
    });
  }
  /// Transforms the kept columns only.
  void visit_columns(const std::vector<std::uint8_t>& keep, const Work& work) const override;

 private:
  StoredRows rows_;
  RowTransform transform_;
};

}  // namespace replearn::preprocess
