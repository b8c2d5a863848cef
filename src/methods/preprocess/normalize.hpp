#pragma once
#include "data/expression_matrix.hpp"

namespace replearn::preprocess {

/// Results of normalize, identical on every rank.
struct Normalization {
  double target_sum = 0;  ///< total of each cell after normalization
  Index empty_cells = 0;  ///< number of cells without counts, which stay zero
};

/// Multiplies each cell by target_sum / its total (Scanpy's normalize_total). target_sum 0: the median of the totals
/// that are greater than 0. Collective. Throws InputError if all counts are zero. Cost: two passes over the local
/// values; for the median root receives 8 n bytes.
Normalization normalize(const mpi::Communicator& comm, Matrix& matrix, double target_sum);

/// Replaces each value by ln(1 + value), in float32. Local.
void log1p(Matrix& matrix);

}  // namespace replearn::preprocess
