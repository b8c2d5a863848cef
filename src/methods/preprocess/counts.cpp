#include "methods/preprocess/counts.hpp"

#include <fmt/core.h>

#include <cmath>
#include <limits>

#include "base/log.hpp"
#include "mpi/collectives.hpp"
#include "numerics/matrix_values.hpp"

namespace replearn {

std::string ValueSummary::text() const {
  if (holds_counts()) return fmt::format("counts up to {:.10g}", max);
  if (!finite) return "values that are not finite";
  if (min == 0 && max == 0) return "only zeros";
  const std::string range = fmt::format("from {:.4g} to {:.4g}", min, max);
  return (whole ? "negative values, " : "non-integer values, ") + range;
}

ValueSummary summarize_values(const mpi::Communicator& comm, const Matrix& matrix) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto values = values_of(matrix);
  ValueSummary summary;
  summary.min = infinity, summary.max = -infinity;
  for (const float value : values) {
    if (!std::isfinite(value)) {
      summary.finite = false;
      continue;
    }
    const auto x = static_cast<double>(value);
    summary.whole = summary.whole && x == std::floor(x);
    summary.min = std::min(summary.min, x);
    summary.max = std::max(summary.max, x);
  }
  const auto held = static_cast<Index>(values.size());
  if (mpi::all_reduce(comm, held, mpi::Reduction::sum) < rows(matrix) * columns(matrix)) {  // including implicit zeros
    summary.min = std::min(summary.min, 0.0);
    summary.max = std::max(summary.max, 0.0);
  }
  summary.finite = mpi::agree(comm, summary.finite);
  summary.whole = mpi::agree(comm, summary.whole);
  summary.min = mpi::all_reduce(comm, summary.min, mpi::Reduction::min);
  summary.max = mpi::all_reduce(comm, summary.max, mpi::Reduction::max);
  if (summary.min > summary.max) summary.min = summary.max = 0;
  return summary;
}

}  // namespace replearn
