#include "methods/word_queries/nearest.hpp"

#include <algorithm>
#include <cmath>

#include "mpi/collectives.hpp"

namespace replearn::word_queries {
namespace {

constexpr Index queries_per_tile = 256;

bool before(const Near& a, const Near& b) {
  return a.cosine != b.cosine ? a.cosine > b.cosine : a.word < b.word;
}

void keep_best(std::vector<Near>& list, Index k) {
  const auto most = std::min(list.size(), static_cast<std::size_t>(k));
  std::partial_sort(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(most), list.end(), before);
  list.resize(most);
}

/// Inserts a word into a heap of the k best, which is sorted on output.
void offer(std::vector<Near>& list, const Near& near, Index k) {
  if (static_cast<Index>(list.size()) < k) {
    list.push_back(near);
    std::push_heap(list.begin(), list.end(), before);
  } else if (before(near, list.front())) {
    std::pop_heap(list.begin(), list.end(), before);
    list.back() = near;
    std::push_heap(list.begin(), list.end(), before);
  }
}

}  // namespace

std::vector<std::vector<Near>> nearest(const mpi::Communicator& comm, const DistributedMatrix& unit,
                                       const RowMatrix& queries, const std::vector<std::vector<Index>>& leave_out,
                                       Index k, Index words) {
  const Index limit = words > 0 ? std::min(words, unit.rows()) : unit.rows();
  std::vector<std::vector<Near>> best(queries.rows());
  const auto& partition = unit.partition;
  RowMatrix directions = queries;
  for (Index q = 0; q < queries.rows(); ++q) {
    const double length = std::sqrt(queries.row(q).cast<double>().squaredNorm());
    if (length > 0) directions.row(q) *= static_cast<float>(1 / length);
  }
  // Tiles aligned to blocks of the partition, independent of the number of ranks.
  for (Index begin = 0; begin < queries.rows(); begin += queries_per_tile) {
    const Index count = std::min(queries_per_tile, queries.rows() - begin);
    const RowMatrix tile = directions.middleRows(begin, count);
    for (Index block = partition.first_block(comm.rank()); block < partition.end_block(comm.rank()); ++block) {
      const Index first = partition.block_begin(block), rows = partition.block_end(block) - first;
      if (first >= limit) break;
      const RowMatrix cosines = tile * unit.local.middleRows(first - unit.first_row(), rows).transpose();
      for (Index q = 0; q < count; ++q) {
        auto& list = best[begin + q];
        const auto& without = leave_out[begin + q];
        for (Index i = 0; i < rows && first + i < limit; ++i) {
          const Near near{first + i, cosines(q, i)};
          if (static_cast<Index>(list.size()) == k && !before(near, list.front())) continue;
          if (std::find(without.begin(), without.end(), near.word) == without.end()) offer(list, near, k);
        }
      }
    }
  }
  // Concatenated lists of all ranks, each padded to k.
  std::vector<Near> mine;
  for (auto& list : best) {
    list.resize(k, {-1, 0});
    mine.insert(mine.end(), list.begin(), list.end());
  }
  const auto all = mpi::all_gather_v(comm, mine);
  for (std::size_t q = 0; q < best.size(); ++q) {
    best[q].clear();
    for (std::size_t rank = 0; rank < static_cast<std::size_t>(comm.size()); ++rank) {
      const auto* from = all.data() + (rank * best.size() + q) * static_cast<std::size_t>(k);
      std::copy_if(from, from + k, std::back_inserter(best[q]), [](const Near& near) { return near.word >= 0; });
    }
    keep_best(best[q], k);
  }
  return best;
}

RowMatrix rows_of(const mpi::Communicator& comm, const DistributedMatrix& matrix, const std::vector<Index>& numbers) {
  RowMatrix rows = RowMatrix::Zero(static_cast<Index>(numbers.size()), matrix.columns());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const Index mine = numbers[i] - matrix.first_row();
    if (mine >= 0 && mine < matrix.local_rows()) rows.row(static_cast<Index>(i)) = matrix.local.row(mine);
  }
  // Each row is nonzero on one rank only, so the sum is exact.
  mpi::all_reduce(comm, std::span(rows.data(), static_cast<std::size_t>(rows.size())), mpi::Reduction::sum);
  return rows;
}

}  // namespace replearn::word_queries
