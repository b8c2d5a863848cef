#include "methods/tsne/start.hpp"

#include <fmt/core.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/random.hpp"
#include "methods/tsne/tsne.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::tsne {
namespace {

constexpr double start_deviation = 1e-4;

/// Sum over all rows of (x - shift)^power in the first column, power 1 or 2.
double moment(const mpi::Communicator& comm, const DistributedMatrix& x, double shift, int power) {
  const RowPartition& partition = x.partition;
  std::vector<double> partials;
  for (Index block = partition.first_block(x.rank); block < partition.end_block(x.rank); ++block) {
    double sum = 0;
    for (Index row = partition.block_begin(block); row < partition.block_end(block); ++row) {
      const double value = static_cast<double>(x.local(row - x.first_row(), 0)) - shift;
      sum += power == 1 ? value : value * value;
    }
    partials.push_back(sum);
  }
  return mpi::reproducible_sum(comm, partials, partition.blocks());
}

}  // namespace

void check_start(const mpi::Communicator& comm, const DistributedMatrix& start, Index n, Index dimensions) {
  if (start.rows() != n || start.columns() != dimensions) {
    throw InputError("", "start",
                     fmt::format("is {} x {}, but the map is {} x {}", start.rows(), start.columns(), n, dimensions),
                     "use a start of that shape");
  }
  mpi::run_collectively(comm, [&] {
    for (Index i = 0; i < start.local_rows(); ++i) {
      for (Index k = 0; k < start.columns(); ++k) {
        if (!std::isfinite(start.local(i, k))) {
          throw InputError("", "start, row " + std::to_string(start.first_row() + i), "is not finite",
                           "start from random points");
        }
      }
    }
  });
}

DistributedMatrix start_from_scores(const mpi::Communicator& comm, const DistributedMatrix& scores, Index dimensions,
                                    StartScale scale) {
  if (scores.columns() < dimensions) {
    throw InputError(
        "", "--dimensions",
        "is " + std::to_string(dimensions) + ", but the start has " + std::to_string(scores.columns()) + " columns",
        "compute more components, or start from random points");
  }
  DistributedMatrix start(scores.partition, scores.rank, dimensions);
  if (scale == StartScale::keep) {
    start.local = scores.local.leftCols(dimensions);
    return start;
  }
  const double n = static_cast<double>(scores.rows());
  const double mean = moment(comm, scores, 0, 1) / n;
  const double deviation = std::sqrt(moment(comm, scores, mean, 2) / n);
  if (!(deviation > 0) || !std::isfinite(deviation)) {
    throw InputError("", "start", "the first component is constant or not finite", "start from random points");
  }
  const double factor = start_deviation / deviation;
  for (Index i = 0; i < start.local_rows(); ++i) {
    for (Index k = 0; k < dimensions; ++k) {
      start.local(i, k) = static_cast<float>(static_cast<double>(scores.local(i, k)) * factor);
    }
  }
  return start;
}

DistributedMatrix random_start(const RowPartition& partition, int rank, Index dimensions, std::uint64_t seed) {
  DistributedMatrix start(partition, rank, dimensions);
  for (Index i = 0; i < start.local_rows(); ++i) {
    RandomStream stream(seed, Purpose::tsne_start, static_cast<std::uint64_t>(start.first_row() + i));
    for (Index k = 0; k < dimensions; ++k) start.local(i, k) = static_cast<float>(start_deviation * stream.normal());
  }
  return start;
}

}  // namespace replearn::tsne
