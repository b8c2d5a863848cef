#include "methods/neighbors/clustering.hpp"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/random.hpp"
#include "methods/neighbors/best_lists.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"
#include "numerics/blocked_distances.hpp"

namespace replearn::neighbors {
namespace {

constexpr Index sample_per_cluster = 32;
constexpr int iterations = 6;
constexpr Index tile_rows = 64;  // divides every block size of 64 and more; smaller blocks are one tile

/// |center|^2 - 2 row.center, which orders centres as their distances to the row do. What overflows is far.
void center_scores(const float* rows, Index count, const RowMatrix& centers, const std::vector<float>& norms,
                   std::vector<float>& scores) {
  const Index clusters = centers.rows(), columns = centers.cols();
  scores.resize(static_cast<std::size_t>(count * clusters));
  for (Index i = 0; i < count; ++i) {
    std::copy(norms.begin(), norms.end(), scores.begin() + static_cast<std::ptrdiff_t>(i * clusters));
  }
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<int>(count), static_cast<int>(clusters),
              static_cast<int>(columns), -2.0f, rows, static_cast<int>(columns), centers.data(),
              static_cast<int>(columns), 1.0f, scores.data(), static_cast<int>(clusters));
  constexpr float most = std::numeric_limits<float>::max();
  for (float& score : scores) score = score < most ? score : most;  // NaN too
}

/// Calls work(first row, rows) for tiles cut where the partition's blocks begin.
template <class Work>
void for_each_tile(Index block_rows, Work work) {
  for (Index at = 0; at < block_rows; at += tile_rows) work(at, std::min(tile_rows, block_rows - at));
}

/// My sampled rows, one behind the other, and how many each of my blocks has.
struct Sample {
  RowMatrix rows;
  std::vector<Index> of_block;
  std::vector<double> keys;  // random, for the choice of first centres
};

Sample draw_sample(const DistributedMatrix& x, double share, std::uint64_t seed) {
  const auto& partition = x.partition;
  Sample sample;
  std::vector<Index> chosen;
  for (Index block = partition.first_block(x.rank); block < partition.end_block(x.rank); ++block) {
    const auto before = chosen.size();
    for (Index row = partition.block_begin(block); row < partition.block_end(block); ++row) {
      RandomStream random(seed, Purpose::neighbor_clusters, static_cast<std::uint64_t>(row));
      if (random.uniform() >= share) continue;
      chosen.push_back(row - x.first_row());
      sample.keys.push_back(random.uniform());
    }
    sample.of_block.push_back(static_cast<Index>(chosen.size() - before));
  }
  sample.rows.resize(static_cast<Index>(chosen.size()), x.columns());
  for (std::size_t i = 0; i < chosen.size(); ++i) sample.rows.row(static_cast<Index>(i)) = x.local.row(chosen[i]);
  return sample;
}

/// The sampled rows of the `clusters` least keys, in row order; fewer if the sample is smaller.
RowMatrix first_centers(const mpi::Communicator& comm, const Sample& sample, Index clusters) {
  const auto keys = mpi::all_gather_v(comm, sample.keys);
  std::vector<Index> order(keys.size());
  std::iota(order.begin(), order.end(), Index{0});
  const auto count = std::min(static_cast<std::size_t>(clusters), order.size());
  std::sort(order.begin(), order.end(), [&](Index a, Index b) {
    return std::pair(keys[static_cast<std::size_t>(a)], a) < std::pair(keys[static_cast<std::size_t>(b)], b);
  });
  order.resize(count);
  std::sort(order.begin(), order.end());

  const auto sizes = mpi::all_gather(comm, static_cast<Index>(sample.keys.size()));
  const Index first = std::accumulate(sizes.begin(), sizes.begin() + comm.rank(), Index{0});
  std::vector<float> mine;
  for (const Index at : order) {
    if (at < first || at >= first + sample.rows.rows()) continue;
    const float* row = sample.rows.data() + (at - first) * sample.rows.cols();
    mine.insert(mine.end(), row, row + sample.rows.cols());
  }
  const auto all = mpi::all_gather_v(comm, mine);
  return Eigen::Map<const RowMatrix>(all.data(), static_cast<Index>(count), sample.rows.cols());
}

std::int32_t nearest(const float* scores, Index clusters) {
  return static_cast<std::int32_t>(std::min_element(scores, scores + clusters) - scores);
}

}  // namespace

RowMatrix cluster_centers(const mpi::Communicator& comm, const DistributedMatrix& x, Index clusters,
                          std::uint64_t seed) {
  const double wanted = static_cast<double>(sample_per_cluster * clusters);
  const Sample sample = draw_sample(x, wanted / static_cast<double>(x.rows()), seed);
  RowMatrix centers = first_centers(comm, sample, clusters);
  if (centers.rows() == 0) return RowMatrix::Zero(1, x.columns());  // few rows, and none drawn
  clusters = centers.rows();

  const Index columns = x.columns();
  const float largest = sample.rows.size() > 0 ? sample.rows.cwiseAbs().maxCoeff() : 0.0f;
  const double bound = static_cast<double>(mpi::all_reduce(comm, largest, mpi::Reduction::max));
  const Index sampled = mpi::all_reduce(comm, sample.rows.rows(), mpi::Reduction::sum);
  std::vector<float> scores;
  std::vector<double> row(static_cast<std::size_t>(columns));
  for (int iteration = 0; iteration < iterations; ++iteration) {
    const auto norms = squared_norms(centers.data(), clusters, columns);
    mpi::FixedPointSum sums(bound, clusters * columns, sampled);
    std::vector<Index> counts(static_cast<std::size_t>(clusters), 0);
    Index begin = 0;
    for (const Index in_block : sample.of_block) {
      for_each_tile(in_block, [&](Index at, Index count) {
        const float* tile = sample.rows.data() + (begin + at) * columns;
        center_scores(tile, count, centers, norms, scores);
        for (Index i = 0; i < count; ++i) {
          const auto c = nearest(scores.data() + i * clusters, clusters);
          ++counts[static_cast<std::size_t>(c)];
          std::copy(tile + i * columns, tile + (i + 1) * columns, row.begin());
          sums.add(row, c * columns);
        }
      });
      begin += in_block;
    }
    const auto totals = sums.reduce(comm);
    mpi::all_reduce(comm, std::span<Index>(counts), mpi::Reduction::sum);
    for (Index c = 0; c < clusters; ++c) {
      const Index count = counts[static_cast<std::size_t>(c)];
      for (Index k = 0; count > 0 && k < columns; ++k) {
        centers(c, k) =
            static_cast<float>(totals[static_cast<std::size_t>(c * columns + k)] / static_cast<double>(count));
      }
    }
  }
  return centers;
}

std::vector<std::int32_t> nearest_centers(const DistributedMatrix& x, const RowMatrix& centers, Index count) {
  const Index clusters = centers.rows(), columns = x.columns();
  const auto norms = squared_norms(centers.data(), clusters, columns);
  std::vector<std::int32_t> found(static_cast<std::size_t>(x.local_rows() * count));
  std::vector<float> scores;
  std::vector<std::pair<float, std::int32_t>> best;
  const auto room = static_cast<std::size_t>(2 * count + 16);
  for (Index block = x.partition.first_block(x.rank); block < x.partition.end_block(x.rank); ++block) {
    const Index begin = x.partition.block_begin(block) - x.first_row();
    for_each_tile(x.partition.block_end(block) - x.partition.block_begin(block), [&](Index at, Index tile) {
      center_scores(x.local.data() + (begin + at) * columns, tile, centers, norms, scores);
      for (Index i = 0; i < tile; ++i) {
        const float* row = scores.data() + i * clusters;
        float limit = std::numeric_limits<float>::max();
        best.clear();
        const auto cut = [&] {
          const auto kth = best.begin() + static_cast<std::ptrdiff_t>(count) - 1;
          std::nth_element(best.begin(), kth, best.end());
          best.resize(static_cast<std::size_t>(count));
          limit = best.back().first;
        };
        constexpr Index stretch = 64;
        for (Index start = 0; start < clusters; start += stretch) {
          const Index stop = std::min(clusters, start + stretch);
          int any = 0;
#pragma omp simd reduction(| : any)
          for (Index c = start; c < stop; ++c) any |= row[c] <= limit ? 1 : 0;
          if (!any) continue;
          for (Index c = start; c < stop; ++c) {
            if (row[c] > limit) continue;
            best.emplace_back(row[c], static_cast<std::int32_t>(c));
            if (best.size() == room) cut();
          }
        }
        if (static_cast<Index>(best.size()) > count) cut();
        std::sort(best.begin(), best.end());
        auto* out = found.data() + (begin + at + i) * count;
        for (const auto& [score, c] : best) *out++ = c;
      }
    });
  }
  return found;
}

std::vector<std::int32_t> order_in_space(const RowMatrix& centers, const std::vector<Index>& weights) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(centers.rows()));
  std::iota(order.begin(), order.end(), 0);
  std::vector<std::pair<std::size_t, std::size_t>> parts = {{0, order.size()}};
  while (!parts.empty()) {
    const auto [begin, end] = parts.back();
    parts.pop_back();
    if (end - begin < 2) continue;
    double widest = -1;
    Index column = 0;
    for (Index k = 0; k < centers.cols(); ++k) {
      double sum = 0, squares = 0;
      for (std::size_t i = begin; i < end; ++i) {
        const double v = static_cast<double>(centers(order[i], k));
        sum += v;
        squares += v * v;
      }
      const double spread = squares - sum * sum / static_cast<double>(end - begin);
      if (spread > widest) {
        widest = spread;
        column = k;
      }
    }
    const auto first = order.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = order.begin() + static_cast<std::ptrdiff_t>(end);
    std::sort(first, last, [&](std::int32_t a, std::int32_t b) {
      return std::pair(centers(a, column), a) < std::pair(centers(b, column), b);
    });
    Index total = 0, below = 0;
    for (std::size_t i = begin; i < end; ++i) total += weights[static_cast<std::size_t>(order[i])];
    std::size_t middle = begin;
    while (middle + 1 < end && (middle == begin || 2 * below < total)) {
      below += weights[static_cast<std::size_t>(order[middle++])];
    }
    parts.emplace_back(begin, middle);
    parts.emplace_back(middle, end);
  }
  return order;
}

}  // namespace replearn::neighbors
