#pragma once
#include <memory>
#include <optional>

#include "data/stored_rows.hpp"
#include "methods/preprocess/normalize.hpp"
#include "methods/preprocess/scale.hpp"

namespace replearn::preprocess {

/// X while it is preprocessed: in memory and changed in place, or on disk and changed as it is read.
class WorkingMatrix {
 public:
  virtual ~WorkingMatrix() = default;
  /// The present values.
  virtual const RowBlocks& rows() const = 0;
  /// Keeps the rows where keep_mine (one entry per local row) is nonzero. Collective.
  virtual void keep_rows(const mpi::Communicator& comm, const std::vector<std::uint8_t>& keep_mine) = 0;
  /// Keeps the columns where keep (identical on every rank) is nonzero, of the stored counts as well. Local.
  virtual void keep_columns(const std::vector<std::uint8_t>& keep) = 0;
  /// Keeps the present values for the layer of counts. Local.
  virtual void store_counts() = 0;
  /// Called once, after the filters. Local.
  virtual void transform(RowTransform transform) = 0;
  /// Replaces the features by their Pearson residuals, and X by a dense matrix. Collective. Throws std::logic_error for
  /// a matrix on disk.
  virtual void take_residuals(const mpi::Communicator& comm, double theta, double clip,
                              const std::vector<std::uint8_t>& features) = 0;
  /// Collective. Throws std::logic_error for a matrix on disk: scaling makes it dense.
  virtual Scaling scale(const mpi::Communicator& comm, double max_value, const std::vector<std::uint8_t>& features) = 0;
};

class MatrixInMemory : public WorkingMatrix {
 public:
  explicit MatrixInMemory(Matrix& x) : x_(x), rows_(x) {}
  const RowBlocks& rows() const override { return rows_; }
  void keep_rows(const mpi::Communicator& comm, const std::vector<std::uint8_t>& keep_mine) override;
  void keep_columns(const std::vector<std::uint8_t>& keep) override;
  void store_counts() override { counts_ = x_; }
  void transform(RowTransform transform) override { transform.apply(x_); }
  void take_residuals(const mpi::Communicator& comm, double theta, double clip,
                      const std::vector<std::uint8_t>& features) override;
  Scaling scale(const mpi::Communicator& comm, double max_value, const std::vector<std::uint8_t>& features) override {
    return preprocess::scale(comm, x_, max_value, features);
  }
  std::optional<Matrix> take_counts() { return std::move(counts_); }

 private:
  Matrix& x_;
  MatrixRows rows_;
  std::optional<Matrix> counts_;
};

class MatrixOnDisk : public WorkingMatrix {
 public:
  explicit MatrixOnDisk(StoredRows rows) : stored_(std::move(rows)) {}
  const RowBlocks& rows() const override { return transformed_ ? static_cast<const RowBlocks&>(*transformed_) : stored_; }
  void keep_rows(const mpi::Communicator& comm, const std::vector<std::uint8_t>& keep_mine) override {
    stored_.keep_rows(comm, keep_mine);
  }
  void keep_columns(const std::vector<std::uint8_t>& keep) override { stored_.keep_columns(keep); }
  void store_counts() override { counts_ = std::make_shared<StoredRows>(stored_); }
  void transform(RowTransform transform) override {
    transformed_ = std::make_shared<TransformedRows>(stored_, std::move(transform));
  }
  void take_residuals(const mpi::Communicator& comm, double theta, double clip,
                      const std::vector<std::uint8_t>& features) override;
  Scaling scale(const mpi::Communicator& comm, double max_value, const std::vector<std::uint8_t>& features) override;

  /// The result. Local.
  std::shared_ptr<const RowBlocks> take_rows() const;
  std::shared_ptr<const RowBlocks> take_counts() const { return counts_; }

 private:
  StoredRows stored_;
  std::shared_ptr<StoredRows> counts_;
  std::shared_ptr<TransformedRows> transformed_;
};

}  // namespace replearn::preprocess
