#pragma once
#include <vector>

#include "base/log.hpp"
#include "data/expression_matrix.hpp"
#include "methods/ppca/model.hpp"
#include "methods/progress.hpp"

namespace replearn::ppca {

/// isotropic: the same for all genes, probabilistic PCA; per_gene: of each gene its own, factor analysis.
enum class Noise { isotropic, per_gene };

/// Which entries count as not measured: none; those that are NaN (dense); zeros, that is what a sparse matrix does not
/// store.
enum class Missing { none, nan, zero };

struct Options {
  Index components = 10;  ///< q, below the number of genes and of rows
  Noise noise = Noise::isotropic;
  Missing missing = Missing::none;
  Index iterations = 2000;  ///< at most
  double tolerance = 1e-9;  ///< done when the log-likelihood rises by less than this share of itself
  std::uint64_t seed = 0;   ///< of the first loadings, where entries are missing
  bool fewer_at_low_rank = false;  ///< as many components as the genes that vary allow, instead of an error

  /// Throws InputError naming the option.
  void validate() const;
};

/// options.components, or what genes that vary allow, one fewer than there are. Throws InputError for more, unless
/// options.fewer_at_low_rank, and if fewer than two genes vary. Local.
Index components_of(const Options& options, Index varying_genes);

struct Results {
  Model model;
  DistributedMatrix scores;            ///< E[z | x], n x q
  std::vector<double> log_likelihood;  ///< of all rows, in nats: before the first iteration and after each
  bool converged = false;
};

/// Probabilistic PCA (Tipping and Bishop 1999, "Probabilistic principal component analysis") or factor analysis (Rubin
/// and Thayer 1982, "EM algorithms for ML factor analysis") of the rows of x (n x m) by maximum likelihood. The
/// likelihood never falls. Where nothing is missing it starts at the closed form of probabilistic PCA, which is its end
/// already (complete.hpp); with missing entries the mean is estimated along with the rest (missing.hpp). Dimensions are
/// in the order of what they explain, see rotate_to_principal_axes. Equal to the bit on any number of ranks. All ranks.
///
/// Throws InputError for options that do not fit, for values that are not finite (NaN, unless it means missing), and if
/// fewer genes vary than there are components.
Results ppca(const mpi::Communicator& comm, const Matrix& x, const Options& options,
             const ProgressCallback& progress = {}, const Log& log = Log());

/// The model's mean of every entry given its row, W E[z | x] + mu. Local; 2 q flops an entry.
DistributedMatrix expected(const Results& results);

}  // namespace replearn::ppca
