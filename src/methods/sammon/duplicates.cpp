#include "methods/sammon/duplicates.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>

#include "methods/sammon/pair_tiles.hpp"
#include "mpi/collectives.hpp"
#include "numerics/require_finite.hpp"
#include "numerics/shared_rows.hpp"

namespace replearn::sammon {
namespace {

/// Hash of a row in which values below `least` count as 0, so that equal rows have equal hashes.
std::uint64_t hash_of(const float* row, Index columns, float least) {
  std::uint64_t hash = 0x9e3779b97f4a7c15;
  for (Index k = 0; k < columns; ++k) {
    const float value = std::abs(row[k]) <= least ? 0.0f : row[k];  // -0 is 0
    hash = (hash ^ std::bit_cast<std::uint32_t>(value)) * 0xbf58476d1ce4e5b9;
    hash ^= hash >> 29;
  }
  return hash;
}

/// Hashes of all rows of all ranks with row numbers, sorted: equal hashes are adjacent, with ascending rows.
std::vector<std::pair<std::uint64_t, Index>> sorted_hashes(const mpi::Communicator& comm, const DistributedMatrix& x,
                                                           float least) {
  std::vector<std::uint64_t> mine;
  for (Index i = 0; i < x.local_rows(); ++i) mine.push_back(hash_of(x.local.row(i).data(), x.columns(), least));
  const auto all = mpi::all_gather_v(comm, mine);
  std::vector<std::pair<std::uint64_t, Index>> sorted;
  for (std::size_t i = 0; i < all.size(); ++i) sorted.emplace_back(all[i], static_cast<Index>(i));
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

/// Calls `take` with the rows of each run of at least two equal hashes.
template <typename Take>
void for_each_run(const std::vector<std::pair<std::uint64_t, Index>>& sorted, const Take& take) {
  for (auto begin = sorted.begin(); begin != sorted.end();) {
    const auto end = std::find_if(begin, sorted.end(), [&](const auto& entry) { return entry.first != begin->first; });
    if (end - begin > 1) take(std::span(begin, end));
    begin = end;
  }
}

/// For each row the first row with the same values. All ranks.
std::vector<Index> first_equal(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric) {
  const auto sorted = sorted_hashes(comm, x, 0);
  std::vector<Index> first(x.rows());
  std::iota(first.begin(), first.end(), Index{0});
  // The rows to be compared, stored once per node.
  std::vector<Index> places(first.size(), -1);
  Index compared = 0;
  for_each_run(sorted, [&](const auto& run) {
    for (const auto& entry : run) places[entry.second] = compared++;
  });
  if (compared == 0) return first;
  const SharedRows rows(comm, x, metric, places, compared);
  const auto values = [&](Index row) { return rows.row(places[row]); };
  const auto ranks = static_cast<std::uint64_t>(comm.size()), me = static_cast<std::uint64_t>(comm.rank());
  mpi::run_collectively(comm, [&] {
    std::vector<Index> differ;  // distinct rows of a run; more than one only in case of a hash collision
    for_each_run(sorted, [&](const auto& run) {
      if (run.front().first % ranks != me) return;
      differ.clear();
      for (const auto& [hash, row] : run) {
        const auto known = std::find_if(differ.begin(), differ.end(), [&, at = values(row)](Index other) {
          return std::equal(at, at + x.columns(), values(other));
        });
        if (known == differ.end()) {
          differ.push_back(row);
        } else {
          first[row] = *known;
        }
      }
    });
  });
  mpi::all_reduce(comm, std::span<Index>(first), mpi::Reduction::min);
  return first;
}

/// Differences between values up to this bound do not affect distances, since their squares underflow in float32 after
/// SharedRows scales to the largest value. Different values above it differ by more than 2^-75 of the largest. 0: every
/// difference counts. All ranks.
float largest_lost(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric) {
  const auto form = metric.form();
  if (form != Metric::euclidean && form != Metric::sqeuclidean) return 0;
  const float mine = x.local.size() > 0 ? x.local.cwiseAbs().maxCoeff() : 0;
  const float largest = mpi::all_reduce(comm, mine, mpi::Reduction::max);
  if (!(largest > 0)) return 0;
  // A squared distance may also underflow when it is scaled back.
  const int exponent = form == Metric::euclidean ? std::ilogb(largest) : std::max(std::ilogb(largest), 0);
  return std::ldexp(1.0f, exponent - 50);
}

}  // namespace

std::vector<Index> first_duplicates(const mpi::Communicator& comm, const DistanceSource& given) {
  const PairTiles tiles(given.points, comm.shares());
  std::vector<Index> first(given.points);
  std::iota(first.begin(), first.end(), Index{0});
  std::vector<float> block(tiles.side() * tiles.side());
  mpi::run_collectively(comm, [&] {
    for (Index tile = tiles.first(comm.rank()); tile < tiles.end(comm.rank()); ++tile) {
      const auto [row, column] = tiles.groups(tile);
      const Index a = tiles.group_begin(row), b = tiles.group_begin(column);
      const Index a_count = tiles.group_size(row), b_count = tiles.group_size(column);
      given.measure(a, a_count, b, b_count, block.data(), tiles.side());
      for (Index i = 0; i < a_count; ++i) {
        for (Index j = a + i < b ? 0 : a + i + 1 - b; j < b_count; ++j) {
          auto& known = first[b + j];
          if (block[i * tiles.side() + j] == 0) known = std::min(known, a + i);
        }
      }
    }
  });
  mpi::all_reduce(comm, std::span<Index>(first), mpi::Reduction::min);
  // The first row represents a chain: distance 0 from a duplicate counts as distance 0.
  for (auto& known : first) known = first[known];
  return first;
}

std::vector<Index> first_duplicates(const mpi::Communicator& comm, const DistributedMatrix& x, Metric metric) {
  const auto form = metric.form();
  if (form == Metric::cosine || form == Metric::correlation)
    return first_duplicates(comm, between_rows(comm, x, metric));
  require_finite(comm, x);
  auto first = first_equal(comm, x, metric);
  // Rows that differ but may still be at distance 0.
  const float lost = largest_lost(comm, x, metric);
  if (lost == 0) return first;
  std::vector<Index> near;
  for_each_run(sorted_hashes(comm, x, lost), [&](const auto& run) {
    const std::size_t before = near.size();
    for (const auto& [hash, row] : run) {
      if (first[row] == row) near.push_back(row);
    }
    if (near.size() == before + 1) near.pop_back();
  });
  if (near.empty()) return first;
  std::sort(near.begin(), near.end());
  const auto among_near = first_duplicates(comm, between_rows(comm, x, metric, near));
  for (std::size_t k = 0; k < near.size(); ++k) {
    first[near[k]] = near[among_near[k]];
  }
  // Equal rows share the position of the first.
  for (auto& known : first) known = first[known];
  return first;
}

Index number_of_duplicates(const std::vector<Index>& first_duplicate) {
  Index count = 0;
  for (std::size_t i = 0; i < first_duplicate.size(); ++i) count += first_duplicate[i] != static_cast<Index>(i);
  return count;
}

}  // namespace replearn::sammon
