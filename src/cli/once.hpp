#pragma once
#include <string>

#include "cli/workspace.hpp"
#include "data/named_arrays.hpp"
#include "methods/neighbors/approximate.hpp"
#include "methods/pca/pca.hpp"

/// What is computed once, before the iterations of a long job, and is worth keeping: taken from the job's folder if an
/// earlier run left it there, else computed, and kept if it took long enough (see CheckpointManager::poll_once); after
/// it the job may stop. name: of the checkpoint and of the phase; no other computation of the job may have it. In a job
/// without a folder, just computed. All ranks.
namespace replearn::cli {

pca::Results pca_once(Session& session, const std::string& name, const Matrix& x, const pca::Options& options);

/// phase: under which its time is booked.
neighbors::Results neighbors_once(Session& session, const std::string& name, const std::string& phase,
                                  const DistributedMatrix& x, const neighbors::Options& options);

/// t-SNE's; p: the affinities.
DistributedMatrix spectral_start_once(Session& session, const SparseRows& p, Index dimensions, std::uint64_t seed);

}  // namespace replearn::cli
