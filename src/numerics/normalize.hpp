#pragma once
#include "data/expression_matrix.hpp"

namespace replearn::preprocess {

/// What normalize did, the same on every rank.
struct Normalization {
  double target_sum = 0;  ///< each cell's total now
  Index empty_cells = 0;  ///< cells without counts, which stay zero
};

/// Multiplies each cell by target_sum / its total (Scanpy's normalize_total). target_sum 0: the median of the totals
/// that are greater than 0. Collective.
/// Throws InputError if there are no counts at all.
/// Cost: two passes over my values; for the median root receives 8 n bytes.
Normalization normalize(const mpi::Communicator& comm, Matrix& matrix, double target_sum);

/// Each value to ln(1 + value), in float32. Local.
void log1p(Matrix& matrix);

}  // namespace replearn::preprocess
