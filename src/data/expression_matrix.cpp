#include "data/expression_matrix.hpp"

#include <algorithm>
#include <numeric>

#include "mpi/collectives.hpp"

namespace replearn {
namespace {

/// Destination of the kept local rows: the new partition and the target rank of each kept row.
struct Move {
  RowPartition to;
  std::vector<int> destination;
};

Move plan(const mpi::Communicator& comm, const std::vector<std::uint8_t>& keep_mine) {
  Index kept = 0;
  for (const auto keep : keep_mine) kept += keep != 0;
  const auto kept_by_rank = mpi::all_gather(comm, kept);
  const auto me = kept_by_rank.begin() + comm.rank();
  Move move{RowPartition(std::accumulate(kept_by_rank.begin(), kept_by_rank.end(), Index{0}), comm.shares()), {}};
  Index row = std::accumulate(kept_by_rank.begin(), me, Index{0});
  for (Index i = 0; i < kept; ++i) move.destination.push_back(move.to.owner(row++));
  return move;
}

/// Sends the pieces of array i to the ranks of `destination`; the received data, in rank order, are in row order.
template <class T>
std::vector<T> deliver(const mpi::Communicator& comm, const std::vector<std::vector<T>>& outgoing) {
  std::vector<T> all;
  for (const auto& part : mpi::all_to_all_v(comm, outgoing)) all.insert(all.end(), part.begin(), part.end());
  return all;
}

DistributedMatrix select_columns(const DistributedMatrix& dense, const std::vector<std::uint8_t>& keep) {
  std::vector<Index> chosen;
  for (std::size_t j = 0; j < keep.size(); ++j) {
    if (keep[j]) chosen.push_back(static_cast<Index>(j));
  }
  DistributedMatrix result(dense.partition, dense.rank, static_cast<Index>(chosen.size()));
  for (Index i = 0; i < dense.local_rows(); ++i) {
    for (std::size_t j = 0; j < chosen.size(); ++j) result.local(i, static_cast<Index>(j)) = dense.local(i, chosen[j]);
  }
  return result;
}

SparseRows select_columns(const SparseRows& sparse, const std::vector<std::uint8_t>& keep) {
  std::vector<std::int32_t> new_index(keep.size(), -1);
  std::int32_t count = 0;
  for (std::size_t j = 0; j < keep.size(); ++j) {
    if (keep[j]) new_index[j] = count++;
  }
  SparseRows result{sparse.partition, sparse.rank, count, {0}, {}, {}};
  for (std::size_t i = 0; i + 1 < sparse.offsets.size(); ++i) {
    for (auto at = static_cast<std::size_t>(sparse.offsets[i]); at < static_cast<std::size_t>(sparse.offsets[i + 1]);
         ++at) {
      if (const auto j = new_index[sparse.indices[at]]; j >= 0) {
        result.indices.push_back(j);
        result.values.push_back(sparse.values[at]);
      }
    }
    result.offsets.push_back(static_cast<Index>(result.values.size()));
  }
  return result;
}

DistributedMatrix select_rows(const mpi::Communicator& comm, const DistributedMatrix& dense,
                              const std::vector<std::uint8_t>& keep_mine) {
  const Move move = plan(comm, keep_mine);
  std::vector<std::vector<float>> outgoing(comm.size());
  std::size_t k = 0;
  for (Index i = 0; i < dense.local_rows(); ++i) {
    if (!keep_mine[i]) continue;
    auto& out = outgoing[move.destination[k++]];
    const float* row = dense.local.data() + i * dense.columns();
    out.insert(out.end(), row, row + dense.columns());
  }
  const auto values = deliver(comm, outgoing);
  DistributedMatrix result(move.to, comm.rank(), dense.columns());
  std::copy(values.begin(), values.end(), result.local.data());
  return result;
}

SparseRows select_rows(const mpi::Communicator& comm, const SparseRows& sparse,
                       const std::vector<std::uint8_t>& keep_mine) {
  const Move move = plan(comm, keep_mine);
  const auto ranks = static_cast<std::size_t>(comm.size());
  std::vector<std::vector<Index>> lengths(ranks);
  std::vector<std::vector<std::int32_t>> indices(ranks);
  std::vector<std::vector<float>> values(ranks);
  std::size_t k = 0;
  for (std::size_t i = 0; i + 1 < sparse.offsets.size(); ++i) {
    if (!keep_mine[i]) continue;
    const auto to = static_cast<std::size_t>(move.destination[k++]);
    const auto begin = sparse.offsets[i], end = sparse.offsets[i + 1];
    lengths[to].push_back(end - begin);
    indices[to].insert(indices[to].end(), sparse.indices.begin() + begin, sparse.indices.begin() + end);
    values[to].insert(values[to].end(), sparse.values.begin() + begin, sparse.values.begin() + end);
  }
  SparseRows result{move.to, comm.rank(), sparse.columns, {0}, deliver(comm, indices), deliver(comm, values)};
  for (const Index length : deliver(comm, lengths)) result.offsets.push_back(result.offsets.back() + length);
  return result;
}

}  // namespace

Index rows(const Matrix& matrix) {
  return std::visit([](const auto& m) { return m.rows(); }, matrix);
}

Index columns(const Matrix& matrix) {
  if (const auto* sparse = std::get_if<SparseRows>(&matrix)) return sparse->columns;
  return std::get<DistributedMatrix>(matrix).columns();
}

const RowPartition& partition(const Matrix& matrix) {
  return std::visit([](const auto& m) -> const RowPartition& { return m.partition; }, matrix);
}

Matrix select_columns(const Matrix& matrix, const std::vector<std::uint8_t>& keep) {
  return std::visit([&](const auto& m) -> Matrix { return select_columns(m, keep); }, matrix);
}

Matrix arrange_columns(const Matrix& x, const std::vector<Index>& columns) {
  const auto m = static_cast<Index>(columns.size());
  bool same = m == replearn::columns(x);
  for (Index j = 0; j < m && same; ++j) same = columns[j] == j;
  if (same) return x;
  if (const auto* dense = std::get_if<DistributedMatrix>(&x)) {
    DistributedMatrix result(dense->partition, dense->rank, m);
    for (Index j = 0; j < m; ++j) {
      const Index from = columns[j];
      if (from >= 0) result.local.col(j) = dense->local.col(from);
    }
    return result;
  }
  const auto& sparse = std::get<SparseRows>(x);
  std::vector<std::int32_t> place(sparse.columns, -1);
  for (Index j = 0; j < m; ++j) {
    const Index from = columns[j];
    if (from >= 0) place[from] = static_cast<std::int32_t>(j);
  }
  SparseRows result;
  result.partition = sparse.partition;
  result.rank = sparse.rank;
  result.columns = m;
  std::vector<std::pair<std::int32_t, float>> row;
  for (Index i = 0; i < sparse.local_rows(); ++i) {
    row.clear();
    for (auto at = static_cast<std::size_t>(sparse.offsets[i]);
         at < static_cast<std::size_t>(sparse.offsets[static_cast<std::size_t>(i) + 1]); ++at) {
      const auto to = place[sparse.indices[at]];
      if (to >= 0) row.emplace_back(to, sparse.values[at]);
    }
    std::sort(row.begin(), row.end());
    for (const auto& [column, value] : row) {
      result.indices.push_back(column);
      result.values.push_back(value);
    }
    result.offsets.push_back(static_cast<Index>(result.indices.size()));
  }
  return result;
}

Matrix select_rows(const mpi::Communicator& comm, const Matrix& matrix, const std::vector<std::uint8_t>& keep_mine) {
  return std::visit([&](const auto& m) -> Matrix { return select_rows(comm, m, keep_mine); }, matrix);
}

}  // namespace replearn
