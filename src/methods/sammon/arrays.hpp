#pragma once
#include <map>
#include <string>
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn::sammon {

/// All that a State has beyond its data and options, by name: what is stored of it goes on, to the bit, where it stood.
struct Arrays {
  RowPartition partition;                             ///< of the rows below
  std::map<std::string, RowMatrixD> rows;             ///< my rows of n x columns numbers
  std::map<std::string, std::vector<double>> shared;  ///< the same on every rank; whole numbers are exact
};

}  // namespace replearn::sammon
