#pragma once
#include <cstdint>

#include "numerics/centered_matrix.hpp"

namespace replearn {

struct SketchOptions {
  Index oversamples = 10;  ///< minimum number of directions beyond those wanted
  /// Maximum dimension of the Krylov space, in multiples of count + oversamples; fewer once converged.
  Index power_iterations = 8;
  std::uint64_t seed = 0;
};

struct LeadingDirections {
  RowMatrixD directions;  ///< m x (count or, if the rank is lower, fewer), orthonormal, on every rank
  Index passes = 0;       ///< number of passes over the data
  double residual = 0;    ///< largest |A^T A v - lambda v| / lambda over the wanted directions
};

/// The leading right singular directions of A by a randomized block Krylov iteration (Musco and Musco 2015, "Randomized
/// block Krylov methods for stronger and faster approximate singular value decomposition"; the first block is a random
/// sketch as in Halko, Martinsson and Tropp 2011). Unlike plain power iteration, which keeps only the last sketch, it
/// keeps all of them and thus needs fewer passes for the same accuracy.
///
///     Q_0 = orth(Gaussian, m x l), l = 16 (or fewer, if fewer are wanted)
///     W_j = A^T A Q_j                                 all ranks: one pass over the data, one reduction of m l numbers
///     R_j = W_j - Q Q^T W_j,  Q_{j+1} = orth(R_j)     root, in float64, then broadcast
///     Rayleigh-Ritz in [Q_0 ... Q_j]: T = Q^T A^T A Q = S Lambda S^T, V = Q S
///
/// Iteration stops when all residuals are below 1e-5, which bounds the relative error of each singular value by 5e-6.
/// Narrow blocks need half as many products as blocks with the width of the wanted space (measured: 4 to 60). The basis
/// has m rows (the gene side), so cells are not moved and nothing of size n is orthogonalized. Collective. Bitwise
/// identical on any number of ranks. Cost per pass: 4 l flops per stored value, 4 m l (j l) on root; 16 m l bytes sent.
/// Memory: root keeps 8 m l (passes + 1).
LeadingDirections leading_directions(const mpi::Communicator& comm, const CenteredMatrix& a, Index count,
                                     const SketchOptions& options);

}  // namespace replearn
