#pragma once
#include <vector>

#include "data/expression_matrix.hpp"

namespace replearn::preprocess {

/// Scaling of each gene, identical on every rank.
struct Scaling {
  std::vector<double> mean;
  std::vector<double> deviation;  ///< square root of the variance over n - 1; 1 for a constant gene
};

/// Scales each gene to mean 0 and standard deviation 1, (x - mean) / deviation, and clips to [-max_value, max_value]
/// unless max_value is 0 (Scanpy's scale). Constant genes become 0. A sparse matrix becomes dense. Bitwise identical on
/// any number of ranks. features: mask of the columns to scale; empty: all. Collective. Cost: column_moments and one pass over n m / p values.
Scaling scale(const mpi::Communicator& comm, Matrix& matrix, double max_value,
              const std::vector<std::uint8_t>& features = {});

}  // namespace replearn::preprocess
