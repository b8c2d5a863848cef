#pragma once
#include <vector>

#include "base/log.hpp"
#include "data/distributed_matrix.hpp"
#include "methods/harmony/groups.hpp"
#include "methods/harmony/options.hpp"
#include "methods/progress.hpp"

namespace replearn::harmony {

struct Results {
  DistributedMatrix corrected;     ///< n x d
  std::vector<double> objective;   ///< at the start, and after the clustering of each iteration
  bool converged = false;
  Index clusters = 0;
};

/// Harmony (Korsunsky et al. 2019, "Fast, sensitive and accurate integration of single-cell data with Harmony"): corrects
/// components z (n x d) for batches, with the parameters and stop rules of its Python version 0.0.10. Clustering and
/// correction alternate: cells are assigned to clusters in which batches are mixed (soft_clusters.hpp), then what the
/// batches explain within each cluster is taken away (correction.hpp).
///
/// factors: levels of the local rows, at least one factor with two levels. start: initial centers, K x d, the same on every rank;
/// empty: by k-means on the rows of z scaled to length 1. progress: called after each iteration with the objective.
/// Equal to the bit on any number of ranks. All ranks. Throws InputError for options that do not fit, and for rows of z
/// that are not finite or 0.
///
/// Cost per iteration: up to `rounds` rounds of 4 n K d flops and 2 n K exponentials, shared. Memory: 8 n K + 16 n d bytes,
/// shared; 16 K d bytes per combination of levels on every rank.
Results harmony(const mpi::Communicator& comm, const DistributedMatrix& z, const Factors& factors,
                const Options& options, const ProgressCallback& progress = {}, const RowMatrix& start = {});

}  // namespace replearn::harmony
