#include "methods/map_quality/sampled_rows.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "mpi/collectives.hpp"

namespace replearn::map_quality {
namespace {

/// Ranks of all rows by their distance from one row.
class DistanceRanks {
 public:
  explicit DistanceRanks(Index n) : ranks(n, 0), order_(n), spare_(n) {}

  /// squares: of all n rows. Ties are ordered by index. The row itself gets rank 0, the nearest other one 1.
  void sort(const std::vector<double>& squares, Index self) {
    fill(squares, self);
    for (int shift = 0; shift < 33; shift += 11) radix_pass(shift);
    order_by_index_within_ties(squares);
    ranks[self] = 0;
    for (std::size_t at = 0; at < length_; ++at) ranks[order_[at].row] = static_cast<std::uint32_t>(at + 1);
  }

  std::vector<std::uint32_t> ranks;

 private:
  struct Entry {
    std::uint32_t key, row;
  };

  // Rounding to float32 preserves the order; non-negative numbers are ordered as their bits are.
  void fill(const std::vector<double>& squares, Index self) {
    length_ = 0;
    for (std::size_t j = 0; j < squares.size(); ++j) {
      if (static_cast<Index>(j) == self) continue;
      order_[length_++] = {std::bit_cast<std::uint32_t>(static_cast<float>(squares[j])), static_cast<std::uint32_t>(j)};
    }
  }

  void radix_pass(int shift) {
    std::array<std::uint32_t, 2048> begin{};
    for (std::size_t at = 0; at < length_; ++at) ++begin[order_[at].key >> shift & 2047];
    std::exclusive_scan(begin.begin(), begin.end(), begin.begin(), std::uint32_t{0});
    for (std::size_t at = 0; at < length_; ++at) spare_[begin[order_[at].key >> shift & 2047]++] = order_[at];
    std::swap(order_, spare_);
  }

  /// Distances that are equal in float32 in the order of float64.
  void order_by_index_within_ties(const std::vector<double>& squares) {
    for (std::size_t begin = 0, end; begin < length_; begin = end) {
      for (end = begin + 1; end < length_ && order_[end].key == order_[begin].key;) ++end;
      if (end - begin == 1) continue;
      std::stable_sort(order_.begin() + static_cast<std::ptrdiff_t>(begin),
                       order_.begin() + static_cast<std::ptrdiff_t>(end),
                       [&](const Entry& a, const Entry& b) { return squares[a.row] < squares[b.row]; });
    }
  }

  std::size_t length_ = 0;
  std::vector<Entry> order_, spare_;
};

/// Weights with which the histogram of one row gives the area under its R_NX curve.
struct AreaWeights {
  explicit AreaWeights(Index n) : slope(n), offset(0) {
    double total = 0;
    for (Index k = 1; k <= n - 2; ++k) total += 1 / static_cast<double>(k);
    for (Index k = 1; k <= n - 2; ++k) {
      // R(k) / k = ((n - 1) Q(k) - k) / (n - 1 - k) / k, where k Q(k) is the number of pairs with ranks up to k.
      const auto kd = static_cast<double>(k), others = static_cast<double>(n - 1);
      slope[k] = others / (kd * kd * (others - kd) * total);
      offset += 1 / ((others - kd) * total);
    }
  }
  std::vector<double> slope;
  double offset;
};

PairSums sums_of(const std::vector<double>& reference, const std::vector<double>& map) {
  PairSums sums;
  for (std::size_t j = 0; j < reference.size(); ++j) {
    const double big = std::sqrt(reference[j]), small = std::sqrt(map[j]);
    sums.reference += big;
    sums.reference_squares += reference[j];
    sums.map += small;
    sums.map_squares += map[j];
    sums.products += big * small;
    if (big > 0) {
      sums.relative_squares += map[j] / big;
      sums.with_distance += small;
    }
  }
  return sums;
}

/// Fills the arrays of one map row by row.
class MapComparison {
 public:
  MapComparison(const Space& map, const AreaWeights& weights, const std::vector<Index>& sizes)
      : map_(map), weights_(weights), sizes_(sizes), squares_(map.rows()), ranks_(map.rows()) {
    result.larger_ranks.assign(map.rows() - 1, 0);
  }

  void add(Index row, const std::vector<double>& reference, const std::vector<std::uint32_t>& reference_ranks,
           const std::vector<Index>& partners) {
    map_.squares(row, squares_);
    ranks_.sort(squares_, row);
    histogram_.assign(squares_.size(), 0);
    for (std::size_t j = 0; j < squares_.size(); ++j) ++histogram_[std::max(reference_ranks[j], ranks_.ranks[j])];
    double inside = 0, q_sum = 0, area = -weights_.offset;
    std::size_t size = 0;
    for (std::size_t k = 1; k < squares_.size(); ++k) {
      result.larger_ranks[k - 1] += histogram_[k];
      inside += histogram_[k];
      q_sum += inside / static_cast<double>(k);
      area += weights_.slope[k] * inside;
      if (size < sizes_.size() && sizes_[size] == static_cast<Index>(k)) {
        result.q_values.push_back(inside / static_cast<double>(k));
        result.q_sums.push_back(q_sum);
        ++size;
      }
    }
    result.areas.push_back(area);
    result.sums.push_back(sums_of(reference, squares_));
    for (const Index j : partners) {
      result.pair_references.push_back(std::sqrt(reference[j]));
      result.pair_maps.push_back(std::sqrt(squares_[j]));
    }
  }

  SampledComparison result;

 private:
  const Space& map_;
  const AreaWeights& weights_;
  const std::vector<Index>& sizes_;
  std::vector<double> squares_;
  DistanceRanks ranks_;
  std::vector<std::uint32_t> histogram_;
};

std::vector<Index> partners_of(Index row, Index n, std::uint64_t seed) {
  RandomStream random(seed, Purpose::evaluation_pairs, static_cast<std::uint64_t>(row));
  std::vector<Index> partners;
  for (Index p = 0; p < std::min(pairs_per_row, n - 1); ++p) {
    const Index other = random.below(static_cast<std::uint32_t>(n - 1));
    partners.push_back(other + (other >= row ? 1 : 0));
  }
  return partners;
}

template <class T>
void gather(const mpi::Communicator& comm, std::vector<T>& values) {
  values = mpi::all_gather_v(comm, values);
}

}  // namespace

Index default_sample(Index n) { return std::clamp<Index>(100'000'000 / std::max<Index>(n, 1), 1000, 100'000); }

std::vector<Index> sample_rows(Index n, Index count, std::uint64_t seed, Purpose purpose) {
  std::vector<Index> rows(n);
  std::iota(rows.begin(), rows.end(), Index{0});
  if (count >= n) return rows;
  std::vector<std::uint64_t> keys(n);
  for (Index i = 0; i < n; ++i) {
    RandomStream random(seed, purpose, static_cast<std::uint64_t>(i));
    const std::uint64_t high = random.next_u32();
    keys[i] = high << 32 | random.next_u32();
  }
  std::nth_element(rows.begin(), rows.begin() + count, rows.end(),
                   [&](Index a, Index b) { return std::pair(keys[a], a) < std::pair(keys[b], b); });
  rows.resize(count);
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::vector<Index> curve_sizes(Index n) {
  std::vector<Index> sizes;
  for (Index k = 1; k < std::min<Index>(33, n - 1); ++k) sizes.push_back(k);
  for (Index step = 1; !sizes.empty(); ++step) {
    const auto k = static_cast<Index>(std::llround(32 * std::exp2(static_cast<double>(step) / 16)));
    if (k >= n - 2) break;
    if (k > sizes.back()) sizes.push_back(k);
  }
  if (sizes.empty() || sizes.back() < n - 2) sizes.push_back(n - 2);
  return sizes;
}

std::vector<SampledComparison> compare_sampled_rows(const mpi::Communicator& comm, const Space& reference,
                                                    const std::vector<const Space*>& maps,
                                                    const std::vector<Index>& sample, std::uint64_t seed) {
  const Index n = reference.rows(), count = static_cast<Index>(sample.size());
  const AreaWeights weights(n);
  const auto sizes = curve_sizes(n);
  std::vector<double> squares(n);
  DistanceRanks ranks(n);
  std::vector<MapComparison> comparisons;
  comparisons.reserve(maps.size());
  for (const Space* map : maps) comparisons.emplace_back(*map, weights, sizes);
  for (Index s = comm.shares().begin(count, comm.rank()); s < comm.shares().begin(count, comm.rank() + 1); ++s) {
    reference.squares(sample[s], squares);
    ranks.sort(squares, sample[s]);
    const auto partners = partners_of(sample[s], n, seed);
    for (auto& comparison : comparisons) comparison.add(sample[s], squares, ranks.ranks, partners);
  }
  std::vector<SampledComparison> results;
  for (auto& comparison : comparisons) {
    auto& result = comparison.result;
    mpi::all_reduce(comm, std::span<Index>(result.larger_ranks), mpi::Reduction::sum);
    gather(comm, result.areas);
    gather(comm, result.q_values);
    gather(comm, result.q_sums);
    gather(comm, result.sums);
    gather(comm, result.pair_references);
    gather(comm, result.pair_maps);
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace replearn::map_quality
