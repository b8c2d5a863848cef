#include "data/expression_matrix.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <type_traits>

#include "mpi/collectives.hpp"

namespace replearn {
namespace {

/// How the kept local rows move: since their order stays, those for lower ranks come first, then those that stay here.
struct Move {
  RowPartition to;
  std::vector<Index> kept;           ///< local rows
  std::vector<Index> begin_of_rank;  ///< size() + 1: rank r receives kept[begin_of_rank[r], begin_of_rank[r + 1])
};

Move plan(const mpi::Communicator& comm, const std::vector<std::uint8_t>& keep_mine) {
  Move move;
  for (std::size_t i = 0; i < keep_mine.size(); ++i) {
    if (keep_mine[i]) move.kept.push_back(static_cast<Index>(i));
  }
  const auto count = static_cast<Index>(move.kept.size());
  const auto kept_by_rank = mpi::all_gather(comm, count);
  const auto me = kept_by_rank.begin() + comm.rank();
  const Index first = std::accumulate(kept_by_rank.begin(), me, Index{0});
  move.to = RowPartition(std::accumulate(kept_by_rank.begin(), kept_by_rank.end(), Index{0}), comm.shares());
  move.begin_of_rank.push_back(0);
  for (int r = 0; r < comm.size(); ++r) {
    move.begin_of_rank.push_back(std::clamp(move.to.end(r) - first, move.begin_of_rank.back(), count));
  }
  return move;
}

/// Replaces `values`, an array in row order, by its part [stay_begin, stay_end) and what other ranks send: `outgoing`
/// has the elements for each other rank. Beside `values` only the moving elements take memory.
template <class T>
void exchange(const mpi::Communicator& comm, std::vector<T>& values, std::size_t stay_begin, std::size_t stay_end,
              const std::vector<std::vector<T>>& outgoing) {
  const auto incoming = mpi::all_to_all_v(comm, outgoing);
  std::size_t before = 0, after = 0;
  for (int r = 0; r < comm.size(); ++r) (r < comm.rank() ? before : after) += incoming[r].size();
  const std::size_t stay = stay_end - stay_begin, total = before + stay + after;
  if (total > values.size()) values.resize(total);
  std::memmove(values.data() + before, values.data() + stay_begin, stay * sizeof(T));
  std::size_t at = 0;
  for (int r = 0; r < comm.size(); ++r) {
    if (r == comm.rank()) at += stay;
    std::copy(incoming[r].begin(), incoming[r].end(), values.begin() + static_cast<std::ptrdiff_t>(at));
    at += incoming[r].size();
  }
  values.resize(total);
}

/// The columns to keep, ascending.
std::vector<Index> chosen_columns(const std::vector<std::uint8_t>& keep) {
  std::vector<Index> chosen;
  for (std::size_t j = 0; j < keep.size(); ++j) {
    if (keep[j]) chosen.push_back(static_cast<Index>(j));
  }
  return chosen;
}

DistributedMatrix select_columns(const DistributedMatrix& dense, const std::vector<std::uint8_t>& keep) {
  const auto chosen = chosen_columns(keep);
  DistributedMatrix result(dense.partition, dense.rank, static_cast<Index>(chosen.size()));
  for (Index i = 0; i < dense.local_rows(); ++i) {
    for (std::size_t j = 0; j < chosen.size(); ++j) result.local(i, static_cast<Index>(j)) = dense.local(i, chosen[j]);
  }
  return result;
}

/// For each column its index among those kept, or -1; their number.
std::vector<std::int32_t> new_indices(const std::vector<std::uint8_t>& keep, std::int32_t& count) {
  std::vector<std::int32_t> index(keep.size(), -1);
  count = 0;
  for (std::size_t j = 0; j < keep.size(); ++j) {
    if (keep[j]) index[j] = count++;
  }
  return index;
}

/// Writes the kept entries of `from` to `to`, which has room for them and may be `from` itself.
void compress_columns(const SparseRows& from, const std::vector<std::int32_t>& new_index, SparseRows& to) {
  const Index rows = from.local_rows();
  std::size_t out = 0, at = 0;
  for (Index i = 0; i < rows; ++i) {
    const auto end = static_cast<std::size_t>(from.offsets[static_cast<std::size_t>(i) + 1]);
    for (; at < end; ++at) {
      const auto j = new_index[from.indices[at]];
      if (j < 0) continue;
      to.indices[out] = j;
      to.values[out++] = from.values[at];
    }
    to.offsets[static_cast<std::size_t>(i) + 1] = static_cast<Index>(out);
  }
  to.indices.resize(out);
  to.values.resize(out);
}

SparseRows select_columns(const SparseRows& sparse, const std::vector<std::uint8_t>& keep) {
  std::int32_t count = 0;
  const auto new_index = new_indices(keep, count);
  SparseRows result{sparse.partition, sparse.rank, count, std::vector<Index>(sparse.offsets.size(), 0), {}, {}};
  const auto kept = static_cast<std::size_t>(
      std::count_if(sparse.indices.begin(), sparse.indices.end(), [&](std::int32_t j) { return new_index[j] >= 0; }));
  result.indices.resize(kept);
  result.values.resize(kept);
  compress_columns(sparse, new_index, result);
  return result;
}

SparseRows select_columns(SparseRows&& sparse, const std::vector<std::uint8_t>& keep) {
  std::int32_t count = 0;
  const auto new_index = new_indices(keep, count);
  compress_columns(sparse, new_index, sparse);
  sparse.columns = count;
  return std::move(sparse);
}

DistributedMatrix select_rows(const mpi::Communicator& comm, DistributedMatrix&& dense,
                              const std::vector<std::uint8_t>& keep_mine) {
  const Move move = plan(comm, keep_mine);
  const Index m = dense.columns();
  std::vector<std::vector<float>> outgoing(comm.size());
  for (int r = 0; r < comm.size(); ++r) {
    for (Index k = move.begin_of_rank[r]; r != comm.rank() && k < move.begin_of_rank[r + 1]; ++k) {
      const float* row = dense.local.data() + move.kept[k] * m;
      outgoing[r].insert(outgoing[r].end(), row, row + m);
    }
  }
  const auto incoming = mpi::all_to_all_v(comm, outgoing);
  DistributedMatrix result(move.to, comm.rank(), m);
  float* to = result.local.data();
  for (int r = 0; r < comm.size(); ++r) {
    if (r != comm.rank()) {
      to = std::copy(incoming[r].begin(), incoming[r].end(), to);
      continue;
    }
    for (Index k = move.begin_of_rank[r]; k < move.begin_of_rank[r + 1]; ++k) {
      const float* row = dense.local.data() + move.kept[k] * m;
      to = std::copy(row, row + m, to);
    }
  }
  return result;
}

SparseRows select_rows(const mpi::Communicator& comm, SparseRows&& sparse, const std::vector<std::uint8_t>& keep_mine) {
  const Move move = plan(comm, keep_mine);
  const auto ranks = static_cast<std::size_t>(comm.size());
  const auto offset = [&](Index row) { return static_cast<std::size_t>(sparse.offsets[row]); };
  // The kept rows move together, in place.
  std::vector<Index> lengths;
  std::vector<std::size_t> begin_of_rank{0};  // entries for each rank
  std::size_t out = 0;
  for (std::size_t r = 0; r < ranks; ++r) {
    for (Index k = move.begin_of_rank[r]; k < move.begin_of_rank[r + 1]; ++k) {
      const std::size_t begin = offset(move.kept[k]), length = offset(move.kept[k] + 1) - begin;
      std::memmove(sparse.indices.data() + out, sparse.indices.data() + begin, length * sizeof(std::int32_t));
      std::memmove(sparse.values.data() + out, sparse.values.data() + begin, length * sizeof(float));
      lengths.push_back(static_cast<Index>(length));
      out += length;
    }
    begin_of_rank.push_back(out);
  }
  const auto exchanged = [&](auto& values, const std::vector<std::size_t>& begins) {
    std::vector<std::remove_reference_t<decltype(values)>> outgoing(ranks);
    for (std::size_t r = 0; r < ranks; ++r) {
      if (static_cast<int>(r) == comm.rank()) continue;
      outgoing[r].assign(values.begin() + static_cast<std::ptrdiff_t>(begins[r]),
                         values.begin() + static_cast<std::ptrdiff_t>(begins[r + 1]));
    }
    const auto me = static_cast<std::size_t>(comm.rank());
    exchange(comm, values, begins[me], begins[me + 1], outgoing);
  };
  exchanged(sparse.indices, begin_of_rank);
  exchanged(sparse.values, begin_of_rank);
  exchanged(lengths, std::vector<std::size_t>(move.begin_of_rank.begin(), move.begin_of_rank.end()));
  sparse.partition = move.to;
  sparse.offsets.assign(1, 0);
  for (const Index length : lengths) sparse.offsets.push_back(sparse.offsets.back() + length);
  return std::move(sparse);
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

Matrix select_columns(Matrix&& matrix, const std::vector<std::uint8_t>& keep) {
  return std::visit([&](auto&& m) -> Matrix { return select_columns(std::move(m), keep); }, std::move(matrix));
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

Matrix select_rows(const mpi::Communicator& comm, Matrix matrix, const std::vector<std::uint8_t>& keep_mine) {
  return std::visit([&](auto&& m) -> Matrix { return select_rows(comm, std::move(m), keep_mine); }, std::move(matrix));
}

}  // namespace replearn
