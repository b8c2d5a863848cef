#pragma once
#include <string>

#include "data/expression_matrix.hpp"

namespace replearn {

/// What the values of a matrix are like, over all ranks; the zeros that a sparse matrix does not store count as well.
struct ValueSummary {
  bool finite = true, whole = true;
  double min = 0, max = 0;  ///< of the values that are finite
  /// Whole numbers of 0 or more, not all of them 0: what raw counts are.
  bool holds_counts() const { return finite && whole && min >= 0 && max > 0; }
  /// For messages: "counts up to 4312", "values that are not whole, from -1.2 to 7.93".
  std::string text() const;
};

/// Looks at every value. The same on every rank. Collective; one pass over my values.
ValueSummary summarize_values(const mpi::Communicator& comm, const Matrix& matrix);

}  // namespace replearn
