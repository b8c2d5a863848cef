#include "numerics/require_finite.hpp"

#include <cmath>
#include <string>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "numerics/matrix_values.hpp"

namespace replearn {

void require_finite(const mpi::Communicator& comm, const Matrix& matrix) {
  const Index first = std::visit([](const auto& m) { return m.first_row(); }, matrix);
  mpi::together(comm, [&] {
    for_each_value(matrix, [&](Index row, Index column, float value) {
      if (std::isfinite(value)) return;
      throw InputError("", "row " + std::to_string(first + row) + ", column " + std::to_string(column),
                       std::isnan(value) ? "the value is NaN" : "the value is infinite",
                       "remove the row or the column, or replace the value");
    });
  });
}

}  // namespace replearn
