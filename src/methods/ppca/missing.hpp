#pragma once
#include "methods/ppca/ppca.hpp"

namespace replearn::ppca {

/// EM for entries missing at random (Ilin and Raiko 2010, "Practical approaches to principal component analysis in the
/// presence of missing values", section 4). O_i: observed entries of row i. With t = (z, 1) and u_j = (w_j, mu_j):
///
///     V_i = (1 + sum_{j in O_i} w_j w_j^T / psi_j)^-1,   z_i = V_i sum_{j in O_i} w_j (x_ij - mu_j) / psi_j
///     C_j = sum_{i: j in O_i} E[t_i t_i^T],   b_j = sum x_ij E[t_i],   s_j = sum x_ij^2
///     u_j <- C_j^-1 b_j,   psi_j <- (s_j - u_j . b_j) / |{i: j in O_i}|
///     log L_i = -1/2 (sum log 2 pi psi_j - log |V_i| + sum (x_ij - mu_j)^2 / psi_j - z_i^T V_i^-1 z_i)
///
/// C, b and s are summed block by block as integers (mpi::FixedPointSum): |E z| is at most half of the whitened row's
/// length, which bounds every term. All ranks.
/// Cost per iteration: about 2 q^2 flops per observed value, m q^3 / 3 on root; sends 4 m (q + 1) (q + 4) bytes in one
/// reduction; memory three times as much per rank.
Results fit_missing(const mpi::Communicator& comm, const Matrix& x, const Options& options,
                    const ProgressCallback& progress, const Log& log);

}  // namespace replearn::ppca
