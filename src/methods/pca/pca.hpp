#pragma once
#include <cstdint>
#include <vector>

#include "base/log.hpp"
#include "data/expression_matrix.hpp"

namespace replearn::pca {

enum class Method { automatic, exact, randomized };

struct Options {
  Index components = 50;  ///< at most the rank of the matrix; 0 < components <= min(n, m)
  Method method = Method::automatic;
  bool center = true;          ///< subtract each column's mean
  bool scale = false;          ///< divide each column by its standard deviation (n - 1); constant columns stay 0
  Index oversamples = 20;      ///< randomized: extra directions
  Index power_iterations = 7;  ///< randomized: passes that sharpen the leading directions
  std::uint64_t seed = 0;      ///< randomized: of the sketch

  /// Throws InputError naming the option.
  void validate() const;
};

struct Results {
  DistributedMatrix scores;             ///< n x components: obsm/X_pca
  RowMatrix loadings;                   ///< m x components, on every rank: varm/PCs
  std::vector<double> singular_values;  ///< of the centred (and scaled) matrix, descending
  std::vector<double> variance;         ///< singular_value^2 / (n - 1)
  std::vector<double> variance_ratio;   ///< variance / total variance of the matrix
  Method method = Method::exact;        ///< the one that was used
};

/// Principal components of the rows of x (n x m). Sparse input is never densified. Each component's sign is such that
/// its loading of largest magnitude is positive. Equal to the bit on any number of ranks. All ranks.
/// Throws InputError when components exceed the numerical rank of the matrix, or a value is not finite.
Results pca(const mpi::Communicator& comm, const Matrix& x, const Options& options, const Log& log = Log());

}  // namespace replearn::pca
