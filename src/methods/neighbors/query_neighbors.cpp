#include "methods/neighbors/query_neighbors.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "base/stopwatch.hpp"
#include "methods/neighbors/rescaled_distances.hpp"
#include "mpi/collectives.hpp"
#include "mpi/ring.hpp"
#include "numerics/scale_units.hpp"

namespace replearn::neighbors {
namespace {

/// (distance, reference row), the farthest on top of the heap.
using Candidate = std::pair<float, Index>;

/// A block of prepared rows.
struct Rows {
  Index begin;  ///< global index of its first row
  Index count;
  const float* values;
  const float* norms;
};
Rows block_of(const RowPartition& partition, Index block, int owner, const float* values, Index columns,
              const std::vector<float>& norms) {
  const Index begin = partition.block_begin(block), local = begin - partition.begin(owner);
  return {begin, partition.block_end(block) - begin, values + local * columns, norms.data() + local};
}

/// The nearest references so far of the local queries. The result does not depend on the order of blocks: a pair is
/// skipped only if its lower bound exceeds the k-th smallest distance.
class Lists {
 public:
  Lists(Metric metric, Index k, Index queries, Index columns)
      : metric_(metric),
        k_(static_cast<std::size_t>(k)),
        columns_(columns),
        heaps_(static_cast<std::size_t>(queries)),
        radii_(heaps_.size(), std::numeric_limits<float>::infinity()) {}

  /// first: local index of the query in the first row of a.
  void visit(const Rows& a, Index first, const Rows& b) {
    bounds_.resize(a.count * b.count);
    if (!metric_.has_product()) return visit_directly(a, first, b);
    product_lower_bounds(a.values, a.norms, a.count, b.values, b.norms, b.count, columns_, bounds_.data());
    constexpr Index stretch = 64;  // bounds checked together: most groups contain no candidate
    for (Index i = 0; i < a.count; ++i) {
      const float* bounds = bounds_.data() + i * b.count;
      const auto query = static_cast<std::size_t>(first + i);
      for (Index start = 0; start < b.count; start += stretch) {
        const Index stop = std::min(b.count, start + stretch);
        if (!any_within(bounds + start, stop - start, radii_[query])) continue;
        for (Index j = start; j < stop; ++j) {
          if (bounds[j] > radii_[query]) continue;
          offer(query,
                {prepared_distance(metric_, a.values + i * columns_, b.values + j * columns_, columns_), b.begin + j});
        }
      }
    }
  }

  /// Sorts by ascending distance. The heap must not be used afterwards.
  const std::vector<Candidate>& sorted(std::size_t query) {
    std::sort_heap(heaps_[query].begin(), heaps_[query].end());
    return heaps_[query];
  }

 private:
  /// For metrics without a product all pairs are measured.
  void visit_directly(const Rows& a, Index first, const Rows& b) {
    direct_distances(metric_, a.values, a.count, b.values, b.count, columns_, bounds_.data(), b.count);
    for (Index i = 0; i < a.count; ++i) {
      const auto query = static_cast<std::size_t>(first + i);
      const float* distances = bounds_.data() + i * b.count;
      for (Index j = 0; j < b.count; ++j) {
        if (distances[j] <= radii_[query]) offer(query, {distances[j], b.begin + j});
      }
    }
  }

  /// NaN is never skipped.
  static bool any_within(const float* bounds, Index count, float limit) {
    int any = 0;
#pragma omp simd reduction(| : any)
    for (Index j = 0; j < count; ++j) any |= bounds[j] > limit ? 0 : 1;
    return any != 0;
  }

  void offer(std::size_t query, Candidate candidate) {
    auto& heap = heaps_[query];
    if (heap.size() == k_) {
      if (candidate > heap.front()) return;
      std::pop_heap(heap.begin(), heap.end());
      heap.pop_back();
    }
    heap.push_back(candidate);
    std::push_heap(heap.begin(), heap.end());
    if (heap.size() < k_) return;
    const float worst = heap.front().first;
    radii_[query] = metric_.has_product() ? squared_distance_within(metric_, worst) : worst;
  }

  Metric metric_;
  std::size_t k_;
  Index columns_;
  std::vector<std::vector<Candidate>> heaps_;
  // Search radius of each query: distance of its k-th nearest so far, squared for metrics with a product.
  std::vector<float> radii_;
  std::vector<float> bounds_;
};

void require_finite_rows(const DistributedMatrix& x, const std::string& what) {
  for (Index i = 0; i < x.local_rows(); ++i) {
    if (x.local.row(i).allFinite()) continue;
    throw InputError("", what + std::to_string(x.first_row() + i), "holds a value that is not finite", "replace it");
  }
}

void check(const mpi::Communicator& comm, const DistributedMatrix& queries, const DistributedMatrix& references,
           Index k) {
  if (queries.columns() != references.columns()) {
    throw InputError(
        "", "rows", fmt::format("have {} columns, but the references have {}", queries.columns(), references.columns()),
        "use the same representation for both");
  }
  if (k < 1 || k > references.rows()) {
    throw InputError("", "--neighbors", fmt::format("is {} of {} rows", k, references.rows()),
                     "choose at least 1 and at most the number of reference rows");
  }
  mpi::run_collectively(comm, [&] {
    require_finite_rows(queries, "row ");
    require_finite_rows(references, "reference row ");
  });
}

}  // namespace

NeighborGraph query_neighbors(const mpi::Communicator& comm, const DistributedMatrix& queries,
                              const DistributedMatrix& references, const Options& options, const Log& log) {
  check(comm, queries, references, options.neighbors);
  const ScaleUnits units = scale_units(comm, references, options.metric);
  if (units.data != 1) {
    DistributedMatrix copy, copy_of_references;
    return rescaled_distances(query_neighbors(comm, in_units(queries, units.data, copy),
                                              in_units(references, units.data, copy_of_references), options, log),
                              units.length);
  }
  Stopwatch watch;
  const int rank = comm.rank();
  const RowMatrix mine = prepare_rows(options.metric, queries.local.data(), queries.local_rows(), queries.columns());
  const RowMatrix shown =
      prepare_rows(options.metric, references.local.data(), references.local_rows(), references.columns());
  const Index columns = mine.cols();
  const auto my_norms = squared_norms(mine.data(), mine.rows(), columns);
  Lists lists(options.metric, options.neighbors, queries.local_rows(), columns);

  mpi::Ring<float> ring(comm, std::span<const float>(shown.data(), static_cast<std::size_t>(shown.size())));
  do {
    const int owner = ring.owner();
    const float* theirs = ring.block().data();
    const auto norms = squared_norms(theirs, references.partition.count(owner), columns);
    for (Index block = queries.partition.first_block(rank); block < queries.partition.end_block(rank); ++block) {
      const Rows a = block_of(queries.partition, block, rank, mine.data(), columns, my_norms);
      for (Index other = references.partition.first_block(owner); other < references.partition.end_block(owner);
           ++other) {
        lists.visit(a, a.begin - queries.first_row(),
                    block_of(references.partition, other, owner, theirs, columns, norms));
        ring.poll();
      }
    }
  } while (ring.advance());

  NeighborGraph graph{queries.partition, rank, {0}, {}, {}};
  for (std::size_t query = 0; query < static_cast<std::size_t>(queries.local_rows()); ++query) {
    for (const auto& [distance, row] : lists.sorted(query)) {
      graph.indices.push_back(row);
      graph.distances.push_back(distance);
    }
    graph.offsets.push_back(static_cast<Index>(graph.indices.size()));
  }
  log.line(fmt::format("neighbors: {} nearest of {} reference rows for {} rows in {}", options.neighbors,
                       references.rows(), queries.rows(), duration_text(watch.seconds())));
  return graph;
}

}  // namespace replearn::neighbors
