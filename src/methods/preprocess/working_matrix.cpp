#include "methods/preprocess/working_matrix.hpp"

#include <algorithm>
#include <stdexcept>

#include "methods/preprocess/merge_columns.hpp"
#include "methods/preprocess/pearson_residuals.hpp"
#include "mpi/collectives.hpp"

namespace replearn::preprocess {
namespace {

bool all_kept(const std::vector<std::uint8_t>& keep) {
  return std::find(keep.begin(), keep.end(), std::uint8_t{0}) == keep.end();
}

}  // namespace

void MatrixInMemory::keep_rows(const mpi::Communicator& comm, const std::vector<std::uint8_t>& keep_mine) {
  if (!mpi::agree(comm, all_kept(keep_mine))) x_ = select_rows(comm, std::move(x_), keep_mine);
}

void MatrixInMemory::keep_columns(const std::vector<std::uint8_t>& keep) {
  if (all_kept(keep)) return;
  x_ = select_columns(std::move(x_), keep);
  if (counts_) counts_ = select_columns(std::move(*counts_), keep);
}

void MatrixInMemory::take_residuals(const mpi::Communicator& comm, double theta, double clip,
                                    const std::vector<std::uint8_t>& features) {
  if (features.empty()) {
    x_ = pearson_residuals(comm, x_, theta, clip);
    return;
  }
  auto others = features;
  for (auto& other : others) other = other == 0;
  const Matrix rest = select_columns(x_, others);
  x_ = merge_columns(pearson_residuals(comm, select_columns(x_, features), theta, clip), rest, features);
}

void MatrixOnDisk::take_residuals(const mpi::Communicator&, double, double, const std::vector<std::uint8_t>&) {
  throw std::logic_error("preprocess: residuals of a matrix on disk");
}

Scaling MatrixOnDisk::scale(const mpi::Communicator&, double, const std::vector<std::uint8_t>&) {
  throw std::logic_error("preprocess: a matrix on disk is not scaled");
}

std::shared_ptr<const RowBlocks> MatrixOnDisk::take_rows() const {
  if (transformed_) return transformed_;
  return std::make_shared<StoredRows>(stored_);
}

}  // namespace replearn::preprocess
