#pragma once
#include <vector>

#include "data/expression_matrix.hpp"
#include "methods/bigan/game.hpp"

namespace replearn::bigan {

/// What the networks see of column j: x factor_j - shift_j. The same on every rank.
struct ColumnScaling {
  std::vector<float> factor, shift;
  Index columns() const { return static_cast<Index>(factor.size()); }
  /// Whether a shift is anything but 0.
  bool shifts() const;
};

/// standardize: by mean and deviation (n - 1); minmax: by range. A column without spread keeps its unit. All ranks; one
/// or two passes over the data. The same to the bit on any number of ranks.
ColumnScaling find_scaling(const mpi::Communicator& comm, const Matrix& x, Scaling kind);

/// Some of my rows (counted from my first) as the networks see them: draws.x, or sparse_x with `shift` (1 x m), which
/// must outlive the draws, where the matrix is sparse. Local.
void take_rows(const Matrix& x, const ColumnScaling& scaling, const nn::Batch<float>& shift,
               std::span<const Index> rows, Draws<float>& draws);
nn::Batch<float> shift_row(const ColumnScaling& scaling);

/// Spread out, and back to the data's units, in place. Local.
void densify(Draws<float>& draws);
void undo(const ColumnScaling& scaling, nn::BatchRef<float> x);

}  // namespace replearn::bigan
