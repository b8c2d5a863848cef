#include "methods/preprocess/counts.hpp"

#include <fmt/core.h>

#include <cmath>

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

void ValueSummarizer::add(float value) {
  if (!std::isfinite(value)) {
    finite_ = false;
    return;
  }
  whole_ = whole_ && value == std::floor(value);
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
}

void ValueSummarizer::add(const Matrix& block, const std::vector<std::uint8_t>& features) {
  if (features.empty()) {
    const auto values = values_of(block);
    ValueSummarizer local = *this;  // whose fields stay in registers
    for (const float value : values) local.add(value);
    *this = local;
    examined_ += static_cast<Index>(values.size());
    return;
  }
  for_each_value(block, [&](Index, Index j, float value) {
    if (features[static_cast<std::size_t>(j)] == 0) return;
    add(value);
    ++examined_;
  });
}

ValueSummary ValueSummarizer::finish(const mpi::Communicator& comm, Index values) const {
  ValueSummary summary;
  summary.finite = mpi::agree(comm, finite_);
  summary.whole = mpi::agree(comm, whole_);
  summary.min = mpi::all_reduce(comm, double{min_}, mpi::Reduction::min);
  summary.max = mpi::all_reduce(comm, double{max_}, mpi::Reduction::max);
  if (mpi::all_reduce(comm, examined_, mpi::Reduction::sum) < values) {  // the others are 0
    summary.min = std::min(summary.min, 0.0);
    summary.max = std::max(summary.max, 0.0);
  }
  if (summary.min > summary.max) summary.min = summary.max = 0;
  return summary;
}

ValueSummary summarize_values(const mpi::Communicator& comm, const RowBlocks& rows) {
  ValueSummarizer summarizer;
  visit(comm, rows, [&](Index, const Matrix& block) { summarizer.add(block); });
  return summarizer.finish(comm, rows.rows() * rows.columns());
}

ValueSummary summarize_values(const mpi::Communicator& comm, const Matrix& matrix) {
  return summarize_values(comm, MatrixRows(matrix));
}

}  // namespace replearn
