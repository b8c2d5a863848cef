#pragma once
#include <string>

#include "cli/steps.hpp"

namespace replearn::cli {

/// The pictures by which a map is judged, into a folder: sammon_stress.png (E in each iteration) and
/// sammon_shepard.png (distances in the map against those given). All ranks.
void draw_sammon(Workspace& work, const std::string& folder, const sammon::Results& results,
                 const sammon::ShepardCounts& shepard);

}  // namespace replearn::cli
