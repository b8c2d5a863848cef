#pragma once
#include <vector>

#include "app/sammon/sammon.hpp"

namespace replearn::app {

/// Penalty terms and anchors from obs and obsm. All ranks. Throws InputError with the nearest name.
sammon::PenaltyTerms sammon_penalties(Workspace& work, const SammonSettings& settings);
/// Weights of the local cells; empty without --point-weights. All ranks.
std::vector<float> sammon_point_weights(Workspace& work, const SammonSettings& settings);
/// Precomputed distances, read from obsp on demand. All ranks.
sammon::DistanceSource stored_distances(Workspace& work, const std::string& key);
/// Initial positions: --start-key or --start. x: the representation; nullptr for precomputed distances. All
/// ranks.
DistributedMatrix sammon_start(Workspace& work, const SammonSettings& settings, const DistributedMatrix* x);

}  // namespace replearn::app
