#pragma once
#include <memory>
#include <string>
#include <vector>

#include "data/stored_rows.hpp"
#include "io/input_options.hpp"
#include "mpi/communicator.hpp"

namespace replearn::io {

/// Blocks of rows of a matrix in memory.
class MatrixReader : public RowReader {
 public:
  /// All rows are this process's.
  explicit MatrixReader(Matrix matrix) : matrix_(std::move(matrix)) {}
  Index rows() const override { return replearn::rows(matrix_); }
  Index columns() const override { return replearn::columns(matrix_); }
  bool is_sparse() const override { return std::holds_alternative<SparseRows>(matrix_); }
  Index stored() const override;
  Matrix read(Index begin, Index end, Index bytes) const override;

 private:
  Matrix matrix_;
};

/// A matrix of one sample: "X" of any format, or a layer of an .h5ad. alone: a communicator of this process only, which
/// must outlive it. One process. Throws InputError.
std::shared_ptr<const RowReader> open_part(const mpi::Communicator& alone, const std::string& path,
                                           const std::string& element, const InputOptions& options);

/// A sample of a joined matrix.
struct JoinedPart {
  std::string path;
  std::vector<std::int32_t> columns;  ///< of the result, for each column of the sample; -1: dropped
};
struct StoredPart {
  Index rows = 0, stored = 0;
  bool is_sparse = true;
  bool is_there = true;  ///< false: zeros
};

/// The rows of several samples one below the other. Opens one file at a time, when its rows are read. Sparse if one of
/// the samples is.
class JoinedRows : public RowReader {
 public:
  JoinedRows(std::shared_ptr<const mpi::Communicator> alone, std::shared_ptr<const std::vector<JoinedPart>> parts,
             std::vector<StoredPart> stored, std::string element, Index columns, InputOptions options);
  Index rows() const override { return first_row_.back(); }
  Index columns() const override { return columns_; }
  bool is_sparse() const override { return is_sparse_; }
  Index stored() const override;
  bool is_one_piece() const override { return false; }
  Matrix read(Index begin, Index end, Index bytes) const override;

 private:
  Matrix read_part(std::size_t part, Index begin, Index end, Index bytes) const;

  std::shared_ptr<const mpi::Communicator> alone_;
  std::shared_ptr<const std::vector<JoinedPart>> parts_;
  std::vector<StoredPart> stored_;
  std::vector<Index> first_row_{0};
  std::string element_;
  Index columns_;
  InputOptions options_;
  bool is_sparse_ = false;
  mutable std::size_t open_part_ = static_cast<std::size_t>(-1);
  mutable std::shared_ptr<const RowReader> reader_;  // of the open part
};

}  // namespace replearn::io
