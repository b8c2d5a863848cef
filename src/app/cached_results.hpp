#pragma once
#include <string>

#include "app/workspace.hpp"
#include "data/named_arrays.hpp"
#include "methods/neighbors/approximate.hpp"
#include "methods/pca/pca.hpp"

/// Cached results that are computed once, before the iterations of a long job: loaded from the checkpoint folder if an
/// earlier run saved them, else computed, and saved if that took long enough (see CheckpointManager::should_cache); the
/// job may stop afterwards. name: names checkpoint and phase, so it must be unique in the job. Without a checkpoint
/// folder, they are only computed. All ranks.
namespace replearn::app {

pca::Results cached_pca(Session& session, const std::string& name, const Matrix& x, const pca::Options& options);
/// Of sparse rows in memory or on disk.
pca::Results cached_pca(Session& session, const std::string& name, const RowBlocks& x, const pca::Options& options);

/// phase: name of the phase in the timings.
neighbors::Results cached_neighbors(Session& session, const std::string& name, const std::string& phase,
                                    const DistributedMatrix& x, const neighbors::Options& options);

/// Spectral initialization of t-SNE. p: affinities.
DistributedMatrix cached_spectral_start(Session& session, const SparseRows& p, Index dimensions, std::uint64_t seed);

}  // namespace replearn::app
