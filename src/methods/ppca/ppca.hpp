#pragma once
#include <vector>

#include "base/log.hpp"
#include "data/expression_matrix.hpp"
#include "methods/ppca/model.hpp"
#include "methods/progress.hpp"

namespace replearn::ppca {

/// isotropic: one variance for all genes, probabilistic PCA; per_gene: one per gene, factor analysis.
enum class Noise { isotropic, per_gene };

/// Entries that count as missing: none; those that are NaN (dense); zeros, that is, entries not stored in a sparse
/// matrix.
enum class Missing { none, nan, zero };

struct Options {
  Index components = 10;  ///< q, less than the number of genes and of rows
  Noise noise = Noise::isotropic;
  Missing missing = Missing::none;
  Index iterations = 2000;         ///< maximum number of EM iterations
  double tolerance = 1e-9;         ///< stop when the relative increase of the log-likelihood is smaller
  std::uint64_t seed = 0;          ///< of the initial loadings, used with missing entries
  bool fewer_at_low_rank = false;  ///< reduce the components to what the varying genes allow instead of throwing

  /// Throws InputError naming the option.
  void validate() const;
};

/// options.components, or the maximum that the varying genes allow, one fewer than there are. Throws InputError if more
/// are requested, unless options.fewer_at_low_rank, and if fewer than two genes vary. Local.
Index components_of(const Options& options, Index varying_genes);

struct Results {
  Model model;
  DistributedMatrix scores;            ///< E[z | x], n x q
  std::vector<double> log_likelihood;  ///< of all rows, in nats: before the first iteration and after each
  bool converged = false;
};

/// Probabilistic PCA (Tipping and Bishop 1999, "Probabilistic principal component analysis") or factor analysis (Rubin
/// and Thayer 1982, "EM algorithms for ML factor analysis") of the rows of x (n x m) by maximum likelihood. The
/// likelihood never decreases. For complete data EM starts at the closed-form solution of probabilistic PCA, which for
/// isotropic noise is already the maximum (complete.hpp); with missing entries the mean is estimated along with the
/// other parameters (missing.hpp). Dimensions are ordered by explained variance, see rotate_to_principal_axes. Equal to
/// the bit on any number of ranks. All ranks.
///
/// Throws InputError for invalid options, for values that are not finite (NaN, unless it denotes missing), and if fewer
/// genes vary than there are components.
Results ppca(const mpi::Communicator& comm, const Matrix& x, const Options& options,
             const ProgressCallback& progress = {}, const Log& log = Log());

/// Model mean of every entry given its row, W E[z | x] + mu. Local; 2 q flops per entry.
DistributedMatrix expected(const Results& results);

}  // namespace replearn::ppca
