#pragma once
#include "data/distributed_matrix.hpp"
#include "methods/sammon/input_distances.hpp"

namespace replearn::sammon {

/// E and its derivatives at some points. Derivatives are the paper's sums without the factor -2/c:
///     e1_ip = sum_j (d*_ij - d_ij) / (d*_ij d_ij) * (y_ip - y_jp)          dE/dy_ip     = -2/c e1_ip            (2)
///     e2_ip = sum_j 1/d*_ij - 1/d_ij + (y_ip - y_jp)^2 / d_ij^3            d2E/dy_ip^2  =  2/c e2_ip            (3)
struct Evaluation {
  double stress = 0;  ///< E, equation (1)
  RowMatrixD e1;      ///< my rows x q
  RowMatrixD e2;      ///< my rows x q; empty if it was not asked for
};

/// y: my rows of the points, n x q over all ranks. Pairs in float32, 256 at a time, sums of those in float64.
/// All ranks; equal to the bit on any number of them.
Evaluation evaluate(const mpi::Communicator& comm, const InputDistances& given, const RowMatrixD& y, bool with_e2);

}  // namespace replearn::sammon
