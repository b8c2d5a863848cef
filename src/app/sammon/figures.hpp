#pragma once
#include <string>

#include "app/sammon/sammon.hpp"

namespace replearn::app {

/// Writes diagnostic figures into a folder: sammon_stress.png (E per iteration) and sammon_shepard.png (distances in
/// the map against those in the data). All ranks.
void draw_sammon(Workspace& work, const std::string& folder, const sammon::Results& results,
                 const sammon::ShepardCounts& shepard);

}  // namespace replearn::app
