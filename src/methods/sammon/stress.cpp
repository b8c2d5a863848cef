#include "methods/sammon/stress.hpp"

#include <algorithm>
#include <cmath>

#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::sammon {
namespace {

/// Pairs that are worked on at a time: their buffers stay in the first cache, and float32 sums stay short.
constexpr Index tile = 256;

/// Points of the map nearer than this coincide: there is no direction between them, and they count in E alone.
constexpr float least_squared_distance = 1e-30f;

/// All points as q arrays of n coordinates, float32.
std::vector<float> gather_by_coordinate(const mpi::Communicator& comm, const RowPartition& partition,
                                        const RowMatrixD& y) {
  const Index n = partition.rows(), q = y.cols();
  DistributedMatrix mine(partition, comm.rank(), q);
  mine.local = y.cast<float>();
  const RowMatrix all = all_gather_rows(comm, mine);
  std::vector<float> coordinates(static_cast<std::size_t>(n * q));
  for (Index p = 0; p < q; ++p) {
    for (Index i = 0; i < n; ++i) coordinates[static_cast<std::size_t>(p * n + i)] = all(i, p);
  }
  return coordinates;
}

/// Sums over j of one point's pairs.
struct RowSums {
  double stress = 0;
  double minus_ratio = 0;  // sum of 1/d* - 1/d, the part of e2 that all coordinates share
  std::vector<double> e1, e2;
};

/// Adds the pairs of point i with j in [begin, end), end - begin <= tile.
/// coordinates: q arrays of n; given: row i of the distances.
void add_pairs(const std::vector<float>& coordinates, Index n, Index q, Index i, Index begin, Index end,
               const float* given, bool with_e2, RowSums& sums) {
  float squared[tile], ratio[tile], inverse_near[tile];
  const Index count = end - begin;
  if (count <= 0) return;
  std::fill(squared, squared + count, 0.0f);
  for (Index p = 0; p < q; ++p) {
    const float* y = coordinates.data() + p * n;
    const float mine = y[i];
#pragma omp simd
    for (Index k = 0; k < count; ++k) squared[k] += (mine - y[begin + k]) * (mine - y[begin + k]);
  }
  float stress = 0, ratios = 0;
#pragma omp simd reduction(+ : stress, ratios)
  for (Index k = 0; k < count; ++k) {
    const bool apart = squared[k] > least_squared_distance;
    const float far = given[begin + k], near = std::sqrt(std::max(squared[k], least_squared_distance));
    const float inverse = 1.0f / (far * near), difference = far - near;
    ratio[k] = apart ? difference * inverse : 0.0f;  // (d* - d) / (d* d) = 1/d - 1/d*
    stress += difference * difference * (inverse * near);
    ratios += ratio[k];
    inverse_near[k] = inverse * far;
  }
  sums.stress += static_cast<double>(stress);
  sums.minus_ratio -= static_cast<double>(ratios);
  for (Index p = 0; p < q; ++p) {
    const float* y = coordinates.data() + p * n;
    const float mine = y[i];
    float e1 = 0, e2 = 0;
#pragma omp simd reduction(+ : e1)
    for (Index k = 0; k < count; ++k) e1 += ratio[k] * (mine - y[begin + k]);
    sums.e1[static_cast<std::size_t>(p)] += static_cast<double>(e1);
    if (!with_e2) continue;
#pragma omp simd reduction(+ : e2)
    for (Index k = 0; k < count; ++k) {
      const float share = inverse_near[k] * (mine - y[begin + k]);  // of the distance
      e2 += inverse_near[k] * (share * share);
    }
    sums.e2[static_cast<std::size_t>(p)] += static_cast<double>(e2);
  }
}

}  // namespace

Evaluation evaluate(const mpi::Communicator& comm, const InputDistances& given, const RowMatrixD& y, bool with_e2) {
  const auto& partition = given.partition();
  const Index n = partition.rows(), q = y.cols(), first = partition.begin(comm.rank());
  const auto coordinates = gather_by_coordinate(comm, partition, y);
  Evaluation result{0, RowMatrixD(y.rows(), q), with_e2 ? RowMatrixD(y.rows(), q) : RowMatrixD()};
  std::vector<double> partials;
  for (Index b = partition.first_block(comm.rank()); b < partition.end_block(comm.rank()); ++b) {
    const float* distances = given.block(b);
    double partial = 0;
    for (Index i = partition.block_begin(b); i < partition.block_end(b); ++i, distances += n) {
      RowSums sums{0, 0, std::vector<double>(static_cast<std::size_t>(q), 0.0),
                   std::vector<double>(static_cast<std::size_t>(q), 0.0)};
      for (Index begin = 0; begin < n; begin += tile) {
        const Index end = std::min(n, begin + tile);
        if (i < begin || i >= end) {
          add_pairs(coordinates, n, q, i, begin, end, distances, with_e2, sums);
        } else {  // round the point itself
          add_pairs(coordinates, n, q, i, begin, i, distances, with_e2, sums);
          add_pairs(coordinates, n, q, i, i + 1, end, distances, with_e2, sums);
        }
      }
      partial += sums.stress;
      for (Index p = 0; p < q; ++p) {
        result.e1(i - first, p) = sums.e1[static_cast<std::size_t>(p)];
        if (with_e2) result.e2(i - first, p) = sums.minus_ratio + sums.e2[static_cast<std::size_t>(p)];
      }
    }
    partials.push_back(partial);
  }
  // Each pair was met from both of its ends.
  result.stress = 0.5 * mpi::reproducible_sum(comm, partials, partition.blocks()) / given.sum();
  return result;
}

}  // namespace replearn::sammon
