#pragma once
#include <string>

#include "data/expression_matrix.hpp"

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

/// Inspects every value. Identical on every rank. Collective; one pass over the local values.
ValueSummary summarize_values(const mpi::Communicator& comm, const Matrix& matrix);

}  // namespace replearn
