#include "methods/map_quality/neighborhoods.hpp"

#include <algorithm>
#include <cmath>

#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::map_quality {
namespace {

/// Position of each neighbor of one list in the other list of the same row, or -1.
std::vector<Index> positions_in(std::span<const Neighbor> list, std::span<const Neighbor> other) {
  std::vector<std::pair<Index, Index>> by_row;
  for (std::size_t p = 0; p < other.size(); ++p) by_row.emplace_back(other[p].row, static_cast<Index>(p));
  std::sort(by_row.begin(), by_row.end());
  std::vector<Index> positions;
  for (const auto& neighbor : list) {
    const auto at = std::lower_bound(by_row.begin(), by_row.end(), std::pair<Index, Index>(neighbor.row, 0));
    positions.push_back(at != by_row.end() && at->first == neighbor.row ? at->second : -1);
  }
  return positions;
}

/// For each local row the neighbors in `from` (the first k) that are not among those in `to`, with their distance in the
/// space of `to`, in order.
void add_missing(const MappedSpace& from, const MappedSpace& to, Index first_row, Index k,
                 std::vector<std::vector<Neighbor>>& missing) {
  for (Index i = 0; i < from.neighbors->rows(); ++i) {
    const auto list = from.neighbors->of(i).first(std::min<std::size_t>(k, from.neighbors->of(i).size()));
    const auto positions = positions_in(list, to.neighbors->of(i));
    for (std::size_t p = 0; p < list.size(); ++p) {
      if (positions[p] < 0) {
        missing[i].push_back({to.space->square(first_row + i, list[p].row), list[p].row});
      }
    }
  }
}

RankQueries queries_of(const Space& space, std::vector<std::vector<Neighbor>>& missing) {
  RankQueries queries{&space, {}, {}};
  for (auto& each : missing) {
    std::sort(each.begin(), each.end());
    each.erase(std::unique(each.begin(), each.end()), each.end());
    queries.asked.all.insert(queries.asked.all.end(), each.begin(), each.end());
    queries.asked.offsets.push_back(static_cast<Index>(queries.asked.all.size()));
  }
  return queries;
}

/// Rank in the space of `to` of each of the first k neighbors of local row i in `from`.
std::vector<Index> ranks_of(const MappedSpace& from, const MappedSpace& to, const RankQueries& queries, Index first_row,
                            Index i, Index k) {
  const auto list = from.neighbors->of(i).first(std::min<std::size_t>(k, from.neighbors->of(i).size()));
  auto ranks = positions_in(list, to.neighbors->of(i));
  const auto asked = queries.asked.of(i);
  for (std::size_t p = 0; p < list.size(); ++p) {
    if (ranks[p] >= 0) {
      ++ranks[p];
      continue;
    }
    const Neighbor sought{to.space->square(first_row + i, list[p].row), list[p].row};
    const auto at = std::lower_bound(asked.begin(), asked.end(), sought);
    ranks[p] = queries.ranks[queries.asked.offsets[i] + (at - asked.begin())];
  }
  return ranks;
}

/// Sum of the ranks beyond k, in excess of k, among the first k.
double excess(const std::vector<Index>& ranks, Index k) {
  Index sum = 0;
  for (Index p = 0; p < k; ++p) sum += std::max<Index>(0, ranks[p] - k);
  return static_cast<double>(sum);
}

/// Sum of |rank in one space - rank in the other| / (rank in `to`) of the first k neighbors in `from`.
double relative_errors(const std::vector<Index>& ranks, Index k) {
  double sum = 0;
  for (Index p = 0; p < k; ++p) {
    sum += static_cast<double>(std::abs(ranks[p] - (p + 1))) / static_cast<double>(ranks[p]);
  }
  return sum;
}

double largest_excess(Index n, Index k) {
  return static_cast<double>(k) * static_cast<double>(2 * n - 3 * k - 1) / 2;
}

double largest_relative_error(Index n, Index k) {
  double sum = 0;
  for (Index l = 1; l <= k; ++l) sum += static_cast<double>(std::abs(n - 2 * l)) / static_cast<double>(l);
  return sum;
}

/// Compares one map with the reference, row by row.
class Comparison {
 public:
  Comparison(const MappedSpace& reference, const RankQueries& in_reference, const MappedSpace& map,
             const RankQueries& in_map, const RowPartition& partition, int rank, const NeighborhoodOptions& options)
      : reference_(reference),
        map_(map),
        in_reference_(in_reference),
        in_map_(in_map),
        partition_(partition),
        rank_(rank),
        options_(options) {}

  NeighborhoodScores scores(const mpi::Communicator& comm) {
    const Index width = static_cast<Index>(options_.neighbors.size() + 4 * options_.rank_neighbors.size());
    std::vector<double> partials;
    for (Index block = partition_.first_block(rank_); block < partition_.end_block(rank_); ++block) {
      std::vector<double> sums(width, 0.0);
      for (Index i = partition_.block_begin(block); i < partition_.block_end(block); ++i) {
        add_row(i - partition_.begin(rank_), sums);
      }
      partials.insert(partials.end(), sums.begin(), sums.end());
    }
    const auto sums = mpi::reproducible_sum(comm, partials, width, partition_.blocks());
    const auto n = partition_.rows();
    std::size_t at = 0;
    for (const Index k : options_.neighbors) {
      result_.recall.push_back(sums[at++] / (static_cast<double>(k) * static_cast<double>(n)));
    }
    for (const Index k : options_.rank_neighbors) {
      const double all = static_cast<double>(n) * largest_excess(n, k);
      const double all_errors = static_cast<double>(n) * largest_relative_error(n, k);
      result_.trustworthiness.push_back(1 - sums[at++] / all);
      result_.continuity.push_back(1 - sums[at++] / all);
      result_.mrre_false.push_back(1 - sums[at++] / all_errors);
      result_.mrre_missing.push_back(1 - sums[at++] / all_errors);
    }
    return std::move(result_);
  }

 private:
  /// Adds the terms of local row i.
  void add_row(Index i, std::vector<double>& sums) {
    std::size_t at = 0;
    const auto in_map = positions_in(reference_.neighbors->of(i), map_.neighbors->of(i));
    const auto common = [&](Index k) {
      return std::count_if(in_map.begin(), in_map.begin() + k, [&](Index p) { return p >= 0 && p < k; });
    };
    for (const Index k : options_.neighbors) sums[at++] += static_cast<double>(common(k));
    const Index first = partition_.begin(rank_), cell = options_.cell_neighbors;
    const Index k_max = std::max(cell, options_.rank_neighbors.empty() ? 0 : options_.rank_neighbors.back());
    const auto of_map = ranks_of(map_, reference_, in_reference_, first, i, k_max);
    const auto of_reference = ranks_of(reference_, map_, in_map_, first, i, k_max);
    for (const Index k : options_.rank_neighbors) {
      sums[at++] += excess(of_map, k);
      sums[at++] += excess(of_reference, k);
      sums[at++] += relative_errors(of_map, k);
      sums[at++] += relative_errors(of_reference, k);
    }
    if (cell == 0) return;
    const double all = largest_excess(partition_.rows(), cell);
    result_.cell_recall.push_back(static_cast<float>(static_cast<double>(common(cell)) / static_cast<double>(cell)));
    result_.cell_trustworthiness.push_back(static_cast<float>(1 - excess(of_map, cell) / all));
    result_.cell_continuity.push_back(static_cast<float>(1 - excess(of_reference, cell) / all));
  }

  const MappedSpace &reference_, &map_;
  const RankQueries &in_reference_, &in_map_;
  const RowPartition& partition_;
  int rank_;
  const NeighborhoodOptions& options_;
  NeighborhoodScores result_;
};

}  // namespace

Index NeighborhoodOptions::max_neighbors() const {
  Index k = cell_neighbors;
  if (!neighbors.empty()) k = std::max(k, neighbors.back());
  if (!rank_neighbors.empty()) k = std::max(k, rank_neighbors.back());
  return k;
}

std::vector<NeighborhoodScores> compare_neighborhoods(const mpi::Communicator& comm, const RowPartition& partition,
                                                      const MappedSpace& reference,
                                                      const std::vector<MappedSpace>& maps,
                                                      const NeighborhoodOptions& options,
                                                      const std::function<void(double)>& progress) {
  const Index rows = partition.count(comm.rank()), first = partition.begin(comm.rank());
  const Index k = std::max(options.cell_neighbors, options.rank_neighbors.empty() ? 0 : options.rank_neighbors.back());
  // First the ranks in the reference of all maps' neighbors, then those of its neighbors in each map.
  std::vector<RankQueries> queries;
  std::vector<std::vector<Neighbor>> missing(rows);
  for (const auto& map : maps) add_missing(map, reference, first, k, missing);
  queries.push_back(queries_of(*reference.space, missing));
  for (const auto& map : maps) {
    std::vector<std::vector<Neighbor>> missing_in_map(rows);
    add_missing(reference, map, first, k, missing_in_map);
    queries.push_back(queries_of(*map.space, missing_in_map));
  }
  find_ranks(first, rows, queries, progress);
  std::vector<NeighborhoodScores> results;
  for (std::size_t m = 0; m < maps.size(); ++m) {
    results.push_back(
        Comparison(reference, queries[0], maps[m], queries[m + 1], partition, comm.rank(), options).scores(comm));
  }
  return results;
}

}  // namespace replearn::map_quality
