#pragma once
#include "cli/steps.hpp"

namespace replearn::cli {

/// --reference and --landmarks of `sammon`.
void add_sammon_place_options(OptionSet& set, SammonSettings& settings);
/// --reference: the cells of the input in the map of another file. All ranks.
void sammon_place_step(Workspace& work, const SammonSettings& settings, const sammon::Options& options);
/// --landmarks: a map of some cells, the others placed in it. All ranks.
void sammon_landmarks_step(Workspace& work, const SammonSettings& settings, const sammon::Options& options);

}  // namespace replearn::cli
