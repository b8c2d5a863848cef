#pragma once
#include <cstdint>
#include <vector>

#include "base/log.hpp"
#include "data/expression_matrix.hpp"

namespace replearn::pca {

enum class Method { automatic, exact, randomized };

struct Options {
  Index components = 50;  ///< at most the rank of the matrix
  Method method = Method::automatic;
  bool center = true;              ///< subtract each column's mean
  bool scale = false;              ///< divide each column by its standard deviation (n - 1); constant columns stay 0
  Index oversamples = 10;          ///< randomized: extra directions
  Index power_iterations = 12;     ///< randomized: directions tried, at most, in components + oversamples
  std::uint64_t seed = 0;          ///< randomized: of the sketch
  bool fewer_at_low_rank = false;  ///< give as many components as the rank allows instead of an error

  /// Throws InputError naming the option.
  void validate() const;
};

/// What new rows need to come into a space of principal components: score = (x - mean) * scale * loadings.
struct Projection {
  std::vector<double> mean;   ///< of each column, or 0
  std::vector<double> scale;  ///< one over its standard deviation, or 1; 0 for a constant column
  RowMatrix loadings;         ///< m x components
};

struct Results {
  DistributedMatrix scores;             ///< n x components: obsm/X_pca
  RowMatrix loadings;                   ///< m x components, on every rank: varm/PCs
  std::vector<double> singular_values;  ///< of the centered (and scaled) matrix, descending
  std::vector<double> variance;         ///< singular_value^2 / (n - 1)
  std::vector<double> variance_ratio;   ///< variance / total variance of the matrix
  std::vector<double> mean, scale;      ///< of each column: see Projection
  Method method = Method::exact;        ///< the one that was used
};

/// Principal components of the rows of x (n x m). Sparse input is never densified. Each component's sign is such that
/// its loading of largest magnitude is positive. Equal to the bit on any number of ranks. All ranks.
///
/// exact: the eigenvectors of the Gram matrix A^T A (A: x centered, scaled), summed in float64: singular values to 1e-5
/// relative and better; of up to 1,000 columns, however unlike their lengths are (graded_eigenpairs), of more those
/// above 3e-6 of the largest. randomized: numerics/randomized_svd.hpp, then Rayleigh-Ritz in float64: to 1e-3 and
/// mostly much better. automatic: the one with less work in all (never by the number of ranks, which must not change
/// answers).
///
/// Throws InputError when components exceed the numerical rank of the matrix (naming the rank), or a value is not
/// finite (naming row and column).
/// Cost: exact: n m^2 flops (sparse: sum of nonzeros^2 over rows) shared by the ranks, 4/3 m^3 on root; sends 4 m^2
/// bytes; memory 20 m^2 bytes a rank. randomized: see there. Scores: 2 k flops a stored value.
Results pca(const mpi::Communicator& comm, const Matrix& x, const Options& options, const Log& log = Log());

/// Scores of rows x (n x m) in the space of another matrix's components, each row by itself: equal to the bit on any
/// number of ranks. Sparse input is never densified. The projection is the same on every rank. All ranks (the check of
/// x is). Throws InputError when a value is not finite. Cost: 2 k flops a stored value.
DistributedMatrix project(const mpi::Communicator& comm, const Matrix& x, const Projection& projection);

}  // namespace replearn::pca
