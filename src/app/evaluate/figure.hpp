#pragma once
#include <string>

#include "app/evaluate/maps.hpp"

namespace replearn::app {

/// Draws recall and R_NX of all maps over the size of neighborhoods, with two standard errors where they are estimates.
/// path: .png, .svg or .pdf. One rank.
void draw_rank_curves(const std::string& path, const MapEvaluation& evaluation);

}  // namespace replearn::app
