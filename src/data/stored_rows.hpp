#pragma once
#include <memory>
#include <vector>

#include "data/row_blocks.hpp"

namespace replearn {

/// Reads any consecutive rows of a stored matrix. Each rank reads on its own.
class RowReader {
 public:
  virtual ~RowReader() = default;
  virtual Index rows() const = 0;
  virtual Index columns() const = 0;
  virtual bool is_sparse() const = 0;
  /// Number of stored values: nonzeros of a sparse matrix.
  virtual Index stored() const = 0;
  /// Whether all rows can be read at once.
  virtual bool is_one_piece() const { return true; }
  /// Rows from `begin` on as a matrix on its own: as many as take up to `bytes` of memory, at least one, and none from
  /// `end` on; fewer if they are in several pieces. begin < end. Throws InputError naming the place of a damaged or not finite value.
  virtual Matrix read(Index begin, Index end, Index bytes) const = 0;
};

/// This rank's share of the rows in memory, read at once if the reader can. Collective.
Matrix read_share(const mpi::Communicator& comm, std::shared_ptr<const RowReader> reader);

/// Rows and columns of a stored matrix: all, or a selection, which takes one byte per row and column and moves nothing.
class StoredRows : public RowBlocks {
 public:
  /// All rows, divided by `shares`.
  StoredRows(std::shared_ptr<const RowReader> reader, const mpi::Communicator& comm);

  /// Keeps the rows where keep_mine (one entry per local row) is nonzero and divides them anew. Collective.
  void keep_rows(const mpi::Communicator& comm, const std::vector<std::uint8_t>& keep_mine);
  /// Keeps the columns where keep (identical on every rank) is nonzero. Local.
  void keep_columns(const std::vector<std::uint8_t>& keep);

  const RowPartition& partition() const override { return partition_; }
  Index columns() const override;
  bool is_sparse() const override { return reader_->is_sparse(); }
  void visit(const Work& work) const override;
  std::vector<Index> offsets() const override;
  /// Like visit, with blocks that `work` may change.
  void read(const std::function<void(Index first, Matrix& block)>& work) const;

 private:
  std::shared_ptr<const RowReader> reader_;
  int rank_;
  RowPartition partition_;
  Index first_stored_ = 0;                  // stored row of kept_mine_[0]
  std::vector<std::uint8_t> kept_mine_;     // from the first to the last stored row of this rank
  std::vector<std::uint8_t> kept_columns_;  // empty: all
  /// Number of values of each local row, filled by the first visit; shared by copies of the same selection.
  std::shared_ptr<std::vector<std::int32_t>> lengths_ = std::make_shared<std::vector<std::int32_t>>();
};

}  // namespace replearn
