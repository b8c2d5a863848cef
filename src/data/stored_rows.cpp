#include "data/stored_rows.hpp"

#include <algorithm>
#include <limits>

#include "mpi/collectives.hpp"

namespace replearn {
namespace {

/// Memory of a block: small beside a rank's share, large beside the chunks of a file.
constexpr Index bytes_per_block = Index{32} << 20;

/// Removes the rows where `keep` is zero, in place.
void keep_in_block(Matrix& block, const std::uint8_t* keep) {
  if (auto* dense = std::get_if<DistributedMatrix>(&block)) {
    Index out = 0;
    for (Index i = 0; i < dense->local_rows(); ++i) {
      if (keep[i] == 0) continue;
      if (out < i) dense->local.row(out) = dense->local.row(i);
      ++out;
    }
    dense->local.conservativeResize(out, Eigen::NoChange);
    dense->partition = RowPartition(out, Shares(1));
    return;
  }
  auto& sparse = std::get<SparseRows>(block);
  std::size_t out = 0, rows = 0;
  for (Index i = 0; i < sparse.local_rows(); ++i) {
    const auto begin = sparse.offsets[i], end = sparse.offsets[static_cast<std::size_t>(i) + 1];
    if (keep[i] == 0) continue;
    std::copy(sparse.indices.begin() + begin, sparse.indices.begin() + end, sparse.indices.begin() + static_cast<std::ptrdiff_t>(out));
    std::copy(sparse.values.begin() + begin, sparse.values.begin() + end, sparse.values.begin() + static_cast<std::ptrdiff_t>(out));
    sparse.offsets[rows] = static_cast<Index>(out);
    out += static_cast<std::size_t>(end - begin);
    ++rows;
  }
  sparse.offsets[rows] = static_cast<Index>(out);
  sparse.offsets.resize(rows + 1);
  sparse.indices.resize(out);
  sparse.values.resize(out);
  sparse.partition = RowPartition(static_cast<Index>(rows), Shares(1));
}

}  // namespace

Matrix read_share(const mpi::Communicator& comm, std::shared_ptr<const RowReader> reader) {
  if (!reader->is_one_piece()) return read_into_memory(comm, StoredRows(std::move(reader), comm));
  const RowPartition partition(reader->rows(), comm.shares());
  const Index begin = partition.begin(comm.rank()), end = partition.end(comm.rank());
  return mpi::run_collectively(comm, [&]() -> Matrix {
    if (begin == end && reader->is_sparse()) return SparseRows{partition, comm.rank(), reader->columns(), {0}, {}, {}};
    if (begin == end) return DistributedMatrix(partition, comm.rank(), reader->columns());
    Matrix mine = reader->read(begin, end, std::numeric_limits<Index>::max());
    std::visit(
        [&](auto& m) {
          m.partition = partition;
          m.rank = comm.rank();
        },
        mine);
    return mine;
  });
}

StoredRows::StoredRows(std::shared_ptr<const RowReader> reader, const mpi::Communicator& comm)
    : reader_(std::move(reader)),
      rank_(comm.rank()),
      partition_(reader_->rows(), comm.shares()),
      first_stored_(partition_.begin(rank_)),
      kept_mine_(static_cast<std::size_t>(partition_.count(rank_)), 1) {}

Index StoredRows::columns() const {
  if (kept_columns_.empty()) return reader_->columns();
  return std::count_if(kept_columns_.begin(), kept_columns_.end(), [](auto kept) { return kept != 0; });
}

void StoredRows::keep_rows(const mpi::Communicator& comm, const std::vector<std::uint8_t>& keep_mine) {
  auto mine = kept_mine_;
  std::size_t row = 0;
  for (auto& kept : mine) {
    if (kept != 0) kept = keep_mine[row++];
  }
  // The rows of all ranks follow each other in the file, but for those dropped between two ranks.
  std::vector<std::uint8_t> all(static_cast<std::size_t>(reader_->rows()), 0);
  const auto firsts = mpi::all_gather(comm, first_stored_);
  const auto counts = mpi::all_gather(comm, static_cast<Index>(mine.size()));
  const auto masks = mpi::all_gather_v(comm, mine);
  auto from = masks.begin();
  for (std::size_t r = 0; r < firsts.size(); from += counts[r], ++r) {
    std::copy_n(from, counts[r], all.begin() + firsts[r]);
  }
  partition_ = RowPartition(std::count(all.begin(), all.end(), std::uint8_t{1}), comm.shares());
  const Index begin = partition_.begin(rank_), count = partition_.count(rank_);
  Index stored = 0, kept = 0;
  for (; kept < begin; ++stored) kept += all[stored];
  first_stored_ = stored;
  for (; kept < begin + count; ++stored) kept += all[stored];
  lengths_ = std::make_shared<std::vector<std::int32_t>>();
  kept_mine_.assign(all.begin() + first_stored_, all.begin() + stored);
}

void StoredRows::keep_columns(const std::vector<std::uint8_t>& keep) {
  lengths_ = std::make_shared<std::vector<std::int32_t>>();
  if (kept_columns_.empty()) {
    kept_columns_ = keep;
    return;
  }
  std::size_t column = 0;
  for (auto& kept : kept_columns_) {
    if (kept != 0) kept = keep[column++];
  }
}

std::vector<Index> StoredRows::offsets() const {
  if (static_cast<Index>(lengths_->size()) < partition_.count(rank_)) read([](Index, Matrix&) {});
  std::vector<Index> offsets{0};
  for (const auto length : *lengths_) offsets.push_back(offsets.back() + length);
  return offsets;
}

void StoredRows::visit(const Work& work) const {
  read([&](Index first, const Matrix& block) { work(first, block); });
}

void StoredRows::read(const std::function<void(Index first, Matrix& block)>& work) const {
  const Index end = first_stored_ + static_cast<Index>(kept_mine_.size());
  Index row = 0;
  for (Index at = first_stored_; at < end;) {
    Matrix block = reader_->read(at, end, bytes_per_block);
    const Index read = std::visit([](const auto& m) { return m.local_rows(); }, block);
    const auto keep = kept_mine_.begin() + (at - first_stored_);
    if (std::find(keep, keep + read, std::uint8_t{0}) != keep + read) keep_in_block(block, &*keep);
    at += read;
    const Index kept = std::visit([](const auto& m) { return m.local_rows(); }, block);
    if (kept == 0) continue;
    if (!kept_columns_.empty()) block = select_columns(std::move(block), kept_columns_);
    if (const auto* sparse = std::get_if<SparseRows>(&block); sparse && static_cast<Index>(lengths_->size()) == row) {
      for (Index i = 0; i < kept; ++i) {
        lengths_->push_back(static_cast<std::int32_t>(sparse->offsets[static_cast<std::size_t>(i) + 1] - sparse->offsets[i]));
      }
    }
    work(row, block);
    row += kept;
  }
}

}  // namespace replearn
