#pragma once
#include <limits>
#include <string>
#include <vector>

#include "data/row_blocks.hpp"

namespace replearn {

/// Summary of the values of a matrix over all ranks, including the implicit zeros of a sparse matrix.
struct ValueSummary {
  bool finite = true, whole = true;
  double min = 0, max = 0;  ///< of the finite values
  /// Nonnegative integers, not all 0, as raw counts are.
  bool holds_counts() const { return finite && whole && min >= 0 && max > 0; }
  /// For messages: "counts up to 4312", "non-integer values, from -1.2 to 7.93".
  std::string text() const;
};

/// Collects a summary from blocks.
class ValueSummarizer {
 public:
  /// features: mask of the columns to examine; empty: all. Local.
  void add(const Matrix& block, const std::vector<std::uint8_t>& features = {});
  /// values: number of values of all ranks, including implicit zeros. Identical on every rank. Collective.
  ValueSummary finish(const mpi::Communicator& comm, Index values) const;

 private:
  void add(float value);

  bool finite_ = true, whole_ = true;
  float min_ = std::numeric_limits<float>::infinity(), max_ = -std::numeric_limits<float>::infinity();
  Index examined_ = 0;
};

/// Inspects every value. Identical on every rank. Collective; one pass over the values.
ValueSummary summarize_values(const mpi::Communicator& comm, const RowBlocks& rows);
ValueSummary summarize_values(const mpi::Communicator& comm, const Matrix& matrix);

}  // namespace replearn
