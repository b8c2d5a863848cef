#pragma once
#include <map>
#include <string>
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn::sammon {

/// The complete state of a State beyond its data and options, by name. A State restored from it continues to the same
/// bits.
struct Arrays {
  RowPartition partition;                             ///< of the rows stored below
  std::map<std::string, RowMatrixD> rows;             ///< local rows of n x columns numbers
  std::map<std::string, std::vector<double>> shared;  ///< the same on every rank; integers are exact
};

}  // namespace replearn::sammon
