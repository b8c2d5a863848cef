#include "app/finite_results.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "base/error.hpp"
#include "base/log.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

/// Rows with a value that is not finite.
struct BadRows {
  Index first = 0, count = 0, rows = 0;

  explicit BadRows(Index all) : first(all), rows(all) {}
  void look(Index row, std::span<const float> values) {
    if (std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); })) return;
    first = std::min(first, row);
    ++count;
  }
  void of_all(const mpi::Communicator& comm) {
    first = mpi::all_reduce(comm, first, mpi::Reduction::min);
    count = mpi::all_reduce(comm, count, mpi::Reduction::sum);
  }
  void refuse(const std::string& element) const {
    if (count == 0) return;
    throw InputError(
        "", element,
        fmt::format("{} of {} rows contain values that are not finite, the first is row {}", count, rows, first),
        "float32 holds magnitudes from 1e-38 to 3e38: rescale the data, or remove extreme outliers");
  }
};

/// Rows as offsets into values cut them.
void refuse_bad(const mpi::Communicator& comm, const std::string& element, const RowPartition& partition,
                const std::vector<Index>& offsets, std::span<const float> values) {
  BadRows bad(partition.rows());
  for (std::size_t i = 0; i + 1 < offsets.size(); ++i) {
    bad.look(
        partition.begin(comm.rank()) + static_cast<Index>(i),
        values.subspan(static_cast<std::size_t>(offsets[i]), static_cast<std::size_t>(offsets[i + 1] - offsets[i])));
  }
  bad.of_all(comm);
  bad.refuse(element);
}

}  // namespace

void require_finite_result(const mpi::Communicator& comm, const std::string& element, const DistributedMatrix& matrix) {
  BadRows bad(matrix.rows());
  const auto width = static_cast<std::size_t>(matrix.columns());
  for (Index i = 0; i < matrix.local_rows(); ++i) {
    bad.look(matrix.first_row() + i, {matrix.local.data() + i * matrix.columns(), width});
  }
  bad.of_all(comm);
  bad.refuse(element);
}

void require_finite_result(const mpi::Communicator& comm, const std::string& element, const Matrix& matrix) {
  if (const auto* dense = std::get_if<DistributedMatrix>(&matrix)) return require_finite_result(comm, element, *dense);
  require_finite_result(comm, element, std::get<SparseRows>(matrix));
}

void require_finite_result(const mpi::Communicator& comm, const std::string& element, const SparseRows& matrix) {
  refuse_bad(comm, element, matrix.partition, matrix.offsets, matrix.values);
}

void require_finite_result(const mpi::Communicator& comm, const std::string& element, const NeighborGraph& graph) {
  refuse_bad(comm, element, graph.partition, graph.offsets, graph.distances);
}

void require_finite_result(const std::string& element, const RowMatrix& rows) {
  BadRows bad(rows.rows());
  for (Index i = 0; i < rows.rows(); ++i)
    bad.look(i, {rows.data() + i * rows.cols(), static_cast<std::size_t>(rows.cols())});
  bad.refuse(element);
}

}  // namespace replearn::app
