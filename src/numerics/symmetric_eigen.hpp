#pragma once
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn {

struct Eigenpairs {
  std::vector<double> values;  ///< descending
  RowMatrixD vectors;          ///< column j belongs to values[j]; orthonormal; rows of the matrix x count
};

/// The `count` largest eigenvalues and eigenvectors of a symmetric matrix, by LAPACK's dsyevr. Local. Throws
/// std::runtime_error if LAPACK does not converge. Cost: 4/3 rows^3 flops and rows^2 x count.
Eigenpairs leading_eigenpairs(RowMatrixD symmetric, Index count);

/// For a Gram matrix whose columns have very different norms: each eigenvalue is accurate relative to itself, whereas
/// the method above is accurate to 1e-16 of the largest. Fewer than `count` if the rank is lower: a column counts as
/// dependent if less than 1e-11 of its squared norm is outside the span of the others. Local. By a Cholesky
/// factorization with complete pivoting and LAPACK's one-sided Jacobi method (dgesvj): Demmel and Veselic, SIAM J.
/// Matrix Anal. Appl. 13 (1992), algorithm 4.4. Throws std::runtime_error if it does not converge. Cost: about 20
/// rows^3 flops.
Eigenpairs graded_eigenpairs(RowMatrixD gram, Index count);

}  // namespace replearn
