#pragma once
#include <cstdint>
#include <vector>

#include "base/log.hpp"
#include "data/row_blocks.hpp"

namespace replearn::pca {

enum class Method { automatic, exact, randomized };

struct Options {
  Index components = 50;  ///< at most the rank of the matrix
  Method method = Method::automatic;
  bool center = true;      ///< subtract each column's mean
  bool scale = false;      ///< divide each column by its standard deviation (n - 1); constant columns stay 0
  Index oversamples = 10;  ///< randomized: extra directions
  /// randomized: maximum dimension of the Krylov space, in multiples of components + oversamples
  Index power_iterations = 12;
  std::uint64_t seed = 0;          ///< randomized: of the random sketch
  bool fewer_at_low_rank = false;  ///< return as many components as the rank allows instead of throwing

  /// Throws InputError naming the option.
  void validate() const;
};

/// Projection of new rows into the space of principal components: score = (x - mean) * scale * loadings.
struct Projection {
  std::vector<double> mean;   ///< mean of each column, or 0
  std::vector<double> scale;  ///< 1 / standard deviation of each column, or 1; 0 for a constant column
  RowMatrix loadings;         ///< m x components
};

struct Results {
  DistributedMatrix scores;             ///< n x components: obsm/X_pca
  RowMatrix loadings;                   ///< m x components, on every rank: varm/PCs
  std::vector<double> singular_values;  ///< of the centered (and scaled) matrix, descending
  std::vector<double> variance;         ///< singular_value^2 / (n - 1)
  std::vector<double> variance_ratio;   ///< variance / total variance of the matrix
  std::vector<double> mean, scale;      ///< of each column, see Projection
  Method method = Method::exact;        ///< the method used
};

/// Principal components of the rows of x (n x m). Sparse input is never densified. The sign of each component is such
/// that its loading of largest magnitude is positive. Equal to the bit on any number of ranks. All ranks.
///
/// exact: eigenvectors of the Gram matrix A^T A (A: x centered, scaled), summed in float64: singular values to a
/// relative 1e-5 or better; for up to 1,000 columns all of them, however different the column lengths
/// (graded_eigenpairs), for more columns those above 3e-6 of the largest. randomized: numerics/randomized_svd.hpp, then
/// Rayleigh-Ritz in float64: to 1e-3 and mostly much better. automatic: the method with less total work (independent of
/// the number of ranks, which must not change the result).
///
/// Throws InputError if components exceed the numerical rank of the matrix (stating the rank), or a value is not finite
/// (naming row and column).
/// Cost: exact: n m^2 flops (sparse: sum of nonzeros^2 over rows) shared by the ranks, 4/3 m^3 on root; sends 4 m^2
/// bytes; memory 20 m^2 bytes per rank. randomized: see numerics/randomized_svd.hpp. Scores: 2 k flops per stored
/// value.
Results pca(const mpi::Communicator& comm, const Matrix& x, const Options& options, const Log& log = Log());
/// The same of sparse rows in memory or on disk, with the same bits. They are visited twice for the moments of the
/// columns, once (exact) or per product (randomized: 6 to 20 times) for the components, and once for the scores.
Results pca(const mpi::Communicator& comm, const RowBlocks& x, const Options& options, const Log& log = Log());

/// Scores of rows x (n x m) in the space of another matrix's components, row by row: equal to the bit on any number of
/// ranks. Sparse input is never densified. The projection is the same on every rank. All ranks (for the validation of
/// x).
/// Throws InputError if a value is not finite.
/// Cost: 2 k flops per stored value.
DistributedMatrix project(const mpi::Communicator& comm, const Matrix& x, const Projection& projection);

}  // namespace replearn::pca
