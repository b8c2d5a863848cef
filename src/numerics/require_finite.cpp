#include "numerics/require_finite.hpp"

#include <cmath>
#include <string>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "numerics/matrix_values.hpp"

namespace replearn {
void refuse_value(Index row, Index column) {
  throw InputError("", "row " + std::to_string(row) + ", column " + std::to_string(column), "a value is not finite",
                   "remove the row or the column, or replace the value");
}

void require_finite(const mpi::Communicator& comm, const DistributedMatrix& matrix) {
  mpi::run_collectively(comm, [&] {
    for (Index i = 0; i < matrix.local_rows(); ++i) {
      for (Index j = 0; j < matrix.columns(); ++j) {
        if (!std::isfinite(matrix.local(i, j))) refuse_value(matrix.first_row() + i, j);
      }
    }
  });
}

void require_finite(const mpi::Communicator& comm, const Matrix& matrix) {
  if (const auto* dense = std::get_if<DistributedMatrix>(&matrix)) return require_finite(comm, *dense);
  const auto& sparse = std::get<SparseRows>(matrix);
  mpi::run_collectively(comm, [&] {
    for_each_value(matrix, [&](Index row, Index column, float value) {
      if (!std::isfinite(value)) refuse_value(sparse.first_row() + row, column);
    });
  });
}

}  // namespace replearn
