#include "data/row_blocks.hpp"

#include <algorithm>

#include "mpi/collectives.hpp"

namespace replearn {
namespace {

/// Makes room for `needed` elements, of `done` rows out of `rows`, and for those that the other rows will take if they
/// are like these: doubling would take twice the memory at the end.
template <class T>
void make_room(std::vector<T>& values, std::size_t needed, Index done, Index rows) {
  if (needed <= values.capacity()) return;
  constexpr double margin = 1.02;
  const double expected = margin * static_cast<double>(needed) * static_cast<double>(rows) / static_cast<double>(done);
  values.reserve(std::max(needed, static_cast<std::size_t>(expected)));
}

/// rows: those that `to` will have in the end.
void append(SparseRows& to, const SparseRows& block, Index rows) {
  const Index before = to.offsets.back();
  for (std::size_t i = 1; i < block.offsets.size(); ++i) to.offsets.push_back(before + block.offsets[i]);
  make_room(to.indices, static_cast<std::size_t>(to.offsets.back()), to.local_rows(), rows);
  make_room(to.values, static_cast<std::size_t>(to.offsets.back()), to.local_rows(), rows);
  to.indices.insert(to.indices.end(), block.indices.begin(), block.indices.end());
  to.values.insert(to.values.end(), block.values.begin(), block.values.end());
}

}  // namespace

void visit(const mpi::Communicator& comm, const RowBlocks& rows, const RowBlocks::Work& work) {
  mpi::run_collectively(comm, [&] { rows.visit(work); });
}

Index SelectedColumns::columns() const {
  return std::count_if(keep_.begin(), keep_.end(), [](auto kept) { return kept != 0; });
}

std::vector<Index> SelectedColumns::offsets() const {
  std::vector<Index> offsets{0};
  visit([&](Index, const Matrix& block) {
    const auto& sparse = std::get<SparseRows>(block);
    const Index before = offsets.back();
    for (std::size_t i = 1; i < sparse.offsets.size(); ++i) offsets.push_back(before + sparse.offsets[i]);
  });
  return offsets;
}

Matrix read_into_memory(const mpi::Communicator& comm, const RowBlocks& rows, const std::vector<std::uint8_t>& keep) {
  Index columns = rows.columns();
  if (!keep.empty()) columns = std::count_if(keep.begin(), keep.end(), [](auto kept) { return kept != 0; });
  const auto each_block = [&](const RowBlocks::Work& work) {
    mpi::run_collectively(comm, [&] { keep.empty() ? rows.visit(work) : rows.visit_columns(keep, work); });
  };
  if (rows.is_sparse()) {
    const Index local_rows = rows.partition().count(comm.rank());
    SparseRows all{rows.partition(), comm.rank(), columns, {0}, {}, {}};
    each_block([&](Index, const Matrix& block) { append(all, std::get<SparseRows>(block), local_rows); });
    return all;
  }
  DistributedMatrix all(rows.partition(), comm.rank(), columns);
  each_block([&](Index first, const Matrix& block) {
    const auto& local = std::get<DistributedMatrix>(block).local;
    all.local.middleRows(first, local.rows()) = local;
  });
  return all;
}

}  // namespace replearn
