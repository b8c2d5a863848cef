#include "methods/sammon/checks.hpp"

#include <fmt/core.h>

#include <cmath>
#include <limits>
#include <string>

#include "base/error.hpp"
#include "base/log.hpp"
#include "mpi/collectives.hpp"

namespace replearn::sammon {

void check_start(const mpi::Communicator& comm, Index rows, const DistributedMatrix& start) {
  mpi::run_collectively(comm, [&] {
    if (start.partition != RowPartition(rows, comm.shares()) || start.columns() < 1) {
      throw InputError("", "the start",
                       "is " + std::to_string(start.rows()) + " x " + std::to_string(start.columns()) + " for " +
                           std::to_string(rows) + " rows of data",
                       "provide one initial point per row");
    }
    for (Index i = 0; i < start.local_rows(); ++i) {
      if (!start.local.row(i).allFinite()) {
        throw InputError("", "the start", "row " + std::to_string(start.first_row() + i) + " is not finite",
                         "replace NaN and infinities");
      }
    }
  });
  for (Index p = 0; p < start.columns(); ++p) {
    float low = std::numeric_limits<float>::infinity(), high = -low;
    if (start.local_rows() > 0) {
      low = start.local.col(p).minCoeff();
      high = start.local.col(p).maxCoeff();
    }
    if (mpi::all_reduce(comm, low, mpi::Reduction::min) < mpi::all_reduce(comm, high, mpi::Reduction::max)) return;
  }
  throw InputError("", "the start", "all of its points are identical", "start from principal components");
}

void check_weights(const mpi::Communicator& comm, const RowPartition& partition, const std::vector<float>& weights) {
  mpi::run_collectively(comm, [&] {
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (weights[i] > 0 && std::isfinite(weights[i])) continue;
      throw InputError("", "row " + std::to_string(partition.begin(comm.rank()) + static_cast<Index>(i)),
                       fmt::format("has weight {:g}", static_cast<double>(weights[i])), "use positive weights");
    }
  });
}

}  // namespace replearn::sammon
