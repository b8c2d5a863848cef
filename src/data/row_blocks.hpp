#pragma once
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "data/expression_matrix.hpp"

namespace replearn {

/// A matrix whose rows are visited in blocks, as often as needed, wherever they are stored: in memory (MatrixRows) or
/// on disk (StoredRows). What is computed by passes over blocks needs memory for one block only.
class RowBlocks {
 public:
  /// first: local index of the block's first row. The block is a matrix on its own, valid during the call.
  using Work = std::function<void(Index first, const Matrix& block)>;

  virtual ~RowBlocks() = default;
  virtual const RowPartition& partition() const = 0;
  virtual Index columns() const = 0;
  virtual bool is_sparse() const = 0;
  /// Visits the rows of this rank in order. How they are divided into blocks is not specified. Local; may throw
  /// InputError on this rank only.
  virtual void visit(const Work& work) const = 0;
  /// The same with those columns only where keep (an entry per column) is not zero.
  virtual void visit_columns(const std::vector<std::uint8_t>& keep, const Work& work) const {
    visit([&](Index first, const Matrix& block) { work(first, select_columns(block, keep)); });
  }
  /// Of sparse rows: offsets of the local rows in the values of this rank, and their number at the end. Local; a visit
  /// if they are not known yet.
  virtual std::vector<Index> offsets() const = 0;

  Index rows() const { return partition().rows(); }
};

/// Visits the blocks of every rank; `work` is local. Collective: an error of one rank is thrown on all.
void visit(const mpi::Communicator& comm, const RowBlocks& rows, const RowBlocks::Work& work);

/// The rows of a matrix in memory, as one block. Keeps a reference.
class MatrixRows : public RowBlocks {
 public:
  explicit MatrixRows(const Matrix& matrix) : matrix_(matrix) {}
  const RowPartition& partition() const override { return replearn::partition(matrix_); }
  Index columns() const override { return replearn::columns(matrix_); }
  bool is_sparse() const override { return std::holds_alternative<SparseRows>(matrix_); }
  void visit(const Work& work) const override { work(0, matrix_); }
  std::vector<Index> offsets() const override { return std::get<SparseRows>(matrix_).offsets; }

 private:
  const Matrix& matrix_;
};

/// Some columns of rows, selected as they are visited. `rows` must outlive it, or be owned by it as well.
class SelectedColumns : public RowBlocks {
 public:
  SelectedColumns(const RowBlocks& rows, std::vector<std::uint8_t> keep) : rows_(&rows), keep_(std::move(keep)) {}
  SelectedColumns(std::shared_ptr<const RowBlocks> rows, std::vector<std::uint8_t> keep)
      : owner_(std::move(rows)), rows_(owner_.get()), keep_(std::move(keep)) {}
  const RowPartition& partition() const override { return rows_->partition(); }
  Index columns() const override;
  bool is_sparse() const override { return rows_->is_sparse(); }
  void visit(const Work& work) const override { rows_->visit_columns(keep_, work); }
  std::vector<Index> offsets() const override;

 private:
  std::shared_ptr<const RowBlocks> owner_;
  const RowBlocks* rows_;
  std::vector<std::uint8_t> keep_;
};

/// All rows in memory, or those columns of them where `keep` (same on every rank; empty: all) is not zero. Collective.
Matrix read_into_memory(const mpi::Communicator& comm, const RowBlocks& rows,
                        const std::vector<std::uint8_t>& keep = {});

}  // namespace replearn
