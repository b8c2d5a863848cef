#pragma once
#include <vector>

#include "cli/steps.hpp"

namespace replearn::cli {

/// What a map is wished to be besides true, out of obs and obsm. All ranks. Throws InputError with the nearest name.
sammon::PenaltyTerms sammon_wishes(Workspace& work, const SammonSettings& settings);
/// The weight of each of my cells; empty if no column is named. All ranks.
std::vector<float> sammon_point_weights(Workspace& work, const SammonSettings& settings);
/// Distances that are there already, read from obsp as they are asked for. All ranks.
sammon::GivenDistances stored_distances(Workspace& work, const std::string& key);
/// First points: of --start-key, else the leading components. x: what the map is of; nullptr for stored distances. All
/// ranks.
DistributedMatrix sammon_start(Workspace& work, const SammonSettings& settings, const DistributedMatrix* x);

}  // namespace replearn::cli
