#pragma once
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn {

struct Eigenpairs {
  std::vector<double> values;  ///< descending
  RowMatrixD vectors;          ///< column j belongs to values[j]; orthonormal; rows of the matrix x count
};

/// The `count` largest eigenvalues of a symmetric matrix and their vectors, by LAPACK's dsyevr. Local.
/// Throws std::runtime_error if LAPACK does not converge. Cost: 4/3 rows^3 flops and rows^2 x count.
Eigenpairs leading_eigenpairs(RowMatrixD symmetric, Index count);

}  // namespace replearn
