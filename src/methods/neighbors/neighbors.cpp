#include "methods/neighbors/neighbors.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.hpp"
#include "base/stopwatch.hpp"
#include "methods/neighbors/nearest_lists.hpp"
#include "mpi/collectives.hpp"
#include "mpi/ring.hpp"

namespace replearn::neighbors {
namespace {

void check_finite(const mpi::Communicator& comm, const DistributedMatrix& x) {
  mpi::together(comm, [&] {
    for (Index i = 0; i < x.local_rows(); ++i) {
      for (Index k = 0; k < x.columns(); ++k) {
        if (std::isfinite(x.local(i, k))) continue;
        throw InputError("", "row " + std::to_string(x.first_row() + i) + ", column " + std::to_string(k),
                         "a value is not finite, so it has no distance to others",
                         "remove the row or replace the value");
      }
    }
  });
}

NeighborGraph graph_of(const DistributedMatrix& x, NearestLists&& lists) {
  NeighborGraph graph{x.partition, x.rank, {0}, {}, {}};
  for (Index i = 0; i < x.local_rows(); ++i) {
    for (const auto& neighbor : lists.sorted(i)) {
      graph.indices.push_back(neighbor.index);
      graph.distances.push_back(neighbor.distance);
    }
    graph.offsets.push_back(static_cast<Index>(graph.indices.size()));
  }
  return graph;
}

}  // namespace

void Options::validate(Index n) const {
  if (neighbors < 1) {
    throw InputError("", "--neighbors", "is " + std::to_string(neighbors), "choose 1 or more");
  }
  if (neighbors >= n) {
    throw InputError("", "--neighbors",
                     "is " + std::to_string(neighbors) + ", but a row of " + std::to_string(n) + " has only " +
                         std::to_string(std::max<Index>(n - 1, 0)) + " others",
                     n > 1 ? "choose at most " + std::to_string(n - 1) : "give data of 2 rows or more");
  }
}

NeighborGraph nearest_neighbors(const mpi::Communicator& comm, const DistributedMatrix& x, const Options& options,
                                const Log& log) {
  options.validate(x.rows());
  check_finite(comm, x);
  Stopwatch watch;

  const RowPartition& partition = x.partition;
  const RowMatrix mine = prepare_rows(options.metric, x.local.data(), x.local_rows(), x.columns());
  const Index columns = mine.cols();
  const auto my_norms = squared_norms(mine.data(), mine.rows(), columns);
  const Index first = partition.first_block(x.rank), end = partition.end_block(x.rank);
  NearestLists lists(options.metric, options.neighbors, x.local_rows(), columns);

  mpi::Ring<float> ring(comm, std::span<const float>(mine.data(), static_cast<std::size_t>(mine.size())));
  do {
    const float* theirs = ring.block().data();
    const auto their_norms = squared_norms(theirs, partition.count(ring.owner()), columns);
    const Index their_first = partition.first_block(ring.owner());
    const Index their_blocks = partition.end_block(ring.owner()) - their_first;
    for (Index block = first; block < end; ++block) {
      const RowBlock a = row_block(partition, block, x.rank, mine.data(), columns, my_norms);
      for (Index step = 0; step < their_blocks; ++step) {
        // A block meets itself first: where rows come sorted, the near ones are there, and few others are measured.
        const Index other = their_first + (ring.owner() == x.rank ? block - first + step : step) % their_blocks;
        lists.visit(a, row_block(partition, other, ring.owner(), theirs, columns, their_norms));
        ring.poll();
      }
    }
  } while (ring.advance());

  log.line(format("neighbors: %lld nearest of %lld rows in %s (%s)", static_cast<long long>(options.neighbors),
                  static_cast<long long>(x.rows()), duration_text(watch.seconds()).c_str(),
                  metric_name(options.metric).c_str()));
  return graph_of(x, std::move(lists));
}

}  // namespace replearn::neighbors
