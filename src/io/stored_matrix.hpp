#pragma once
#include <memory>
#include <string>

#include "data/stored_rows.hpp"
#include "io/anndata/compressed_matrix.hpp"

namespace replearn::io {

/// Blocks of rows of a CSR matrix: of an .h5ad, or of a 10x file, which has cells by columns of genes x cells. All
/// entries are checked as they are read; the indices of a block ascend. Errors name the file's own rows.
class StoredSparseRows : public RowReader {
 public:
  /// what: for errors, such as "X".
  StoredSparseRows(CompressedMatrix matrix, std::string what);
  Index rows() const override { return matrix_.major(); }
  Index columns() const override { return matrix_.minor(); }
  bool is_sparse() const override { return true; }
  Index stored() const override { return matrix_.stored(); }
  Matrix read(Index begin, Index end, Index bytes) const override;

 private:
  CompressedMatrix matrix_;
  std::string what_;
};

/// The same of a dense matrix.
class StoredDenseRows : public RowReader {
 public:
  /// Throws unless it is a matrix of numbers.
  explicit StoredDenseRows(Hdf5Dataset dataset);
  Index rows() const override { return dataset_.shape().extent[0]; }
  Index columns() const override { return dataset_.shape().extent[1]; }
  bool is_sparse() const override { return false; }
  Index stored() const override { return rows() * columns(); }
  Matrix read(Index begin, Index end, Index bytes) const override;

 private:
  Hdf5Dataset dataset_;
};

}  // namespace replearn::io
