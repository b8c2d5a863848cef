#pragma once
#include "app/sammon/sammon.hpp"

namespace replearn::app {

/// --reference: places the cells of the input in the map of another file. All ranks.
void sammon_place_step(Workspace& work, const SammonSettings& settings, const sammon::Options& options);
/// --landmarks: maps some cells and places the others in that map. All ranks.
void sammon_landmarks_step(Workspace& work, const SammonSettings& settings, const sammon::Options& options);

}  // namespace replearn::app
