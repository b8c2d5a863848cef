#pragma once
#include "methods/ppca/ppca.hpp"

namespace replearn::ppca {

/// EM for complete data. With S the covariance of the rows (divided by n), the sufficient statistic of the likelihood:
///
///     V = (1 + W^T Psi^-1 W)^-1,  B = V W^T Psi^-1               E[z | x] = B (x - mu)
///     A = S B^T,  E = V + B A                                    means over rows of (x - mu) z^T and z z^T
///     W <- A E^-1,  psi_j <- S_jj - (W A^T)_jj
///     log L = -n/2 (m log 2 pi + sum log psi + log |V^-1| + sum S_jj / psi_j - tr(V^-1 B A))
///
/// S is stored on root, where an iteration costs 2 m^2 q flops regardless of the number of rows; beyond 12,000 genes it
/// is not formed, and A takes one pass over the data (CenteredMatrix::gram_times). mu is the mean of the rows. x must
/// be finite. All ranks.
Results fit_complete(const mpi::Communicator& comm, const Matrix& x, const Options& options,
                     const ProgressCallback& progress, const Log& log);

}  // namespace replearn::ppca
