#pragma once
#include <vector>

#include "data/expression_matrix.hpp"
#include "methods/bigan/game.hpp"

namespace replearn::bigan {

/// Scaling of column j for the networks: x factor_j - shift_j. The same on every rank.
struct ColumnScaling {
  std::vector<float> factor, shift;
  Index columns() const { return static_cast<Index>(factor.size()); }
  /// Whether any shift is nonzero.
  bool shifts() const;
};

/// standardize: by mean and standard deviation (n - 1); minmax: by range. Constant columns are shifted but not scaled.
/// All ranks; one or two passes over the data. Equal to the bit on any number of ranks.
ColumnScaling find_scaling(const mpi::Communicator& comm, const Matrix& x, Scaling kind);

/// Gathers scaled local rows (counted from the first local row) into draws.x or, for a sparse matrix, draws.sparse_x
/// with `shift` (1 x m), which must outlive the draws. Local.
void take_rows(const Matrix& x, const ColumnScaling& scaling, const nn::Batch<float>& shift,
               std::span<const Index> rows, Draws<float>& draws);
nn::Batch<float> shift_row(const ColumnScaling& scaling);

/// Converts sparse draws to dense ones. Local.
void densify(Draws<float>& draws);
/// Converts scaled values back to the units of the data, in place. Local.
void unscale(const ColumnScaling& scaling, nn::BatchRef<float> x);

}  // namespace replearn::bigan
