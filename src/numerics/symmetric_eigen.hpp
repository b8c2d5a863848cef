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

/// The same of a Gram matrix whose columns are of very unlike length: each eigenvalue is right relative to itself,
/// where the method above is to 1e-16 of the largest. Fewer than `count` if the rank is less: a column counts as
/// dependent where less than 1e-11 of its squared length is not spanned by others. Local. By Cholesky's factor with
/// complete pivoting and LAPACK's one-sided Jacobi rotations (dgesvj): Demmel and Veselic, SIAM J. Matrix Anal. Appl.
/// 13 (1992), algorithm 4.4. Throws std::runtime_error if they do not converge. Cost: some 20 rows^3 flops.
Eigenpairs graded_eigenpairs(RowMatrixD gram, Index count);

}  // namespace replearn
