#pragma once
#include <vector>

#include "data/expression_matrix.hpp"

namespace replearn::preprocess {

/// What each gene was scaled by, the same on every rank.
struct Scaling {
  std::vector<double> mean;
  std::vector<double> deviation;  ///< square root of the variance over n - 1; 1 for a constant gene
};

/// Each gene to mean 0 and deviation 1: (x - mean) / deviation, then, if max_value is not 0, clipped to
/// [-max_value, max_value] (Scanpy's scale). A constant gene becomes 0. A sparse matrix becomes a dense one.
/// Equal to the bit on any number of ranks. Collective. Cost: column_moments and one pass over n m / p values.
Scaling scale(const mpi::Communicator& comm, Matrix& matrix, double max_value);

}  // namespace replearn::preprocess
