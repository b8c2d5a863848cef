#pragma once
#include <string>
#include <vector>

#include "app/workspace.hpp"
#include "report/page.hpp"

namespace replearn::app {

/// Shepard diagrams: distances in each map over those in X_pca, for all pairs of 400 random cells, as two-dimensional
/// histograms. Empty if there is no X_pca. The same on any number of ranks; on root, empty elsewhere. All ranks;
/// gathers 400 rows per map.
std::vector<report::PageSection> shepard_diagrams(Workspace& work, const std::vector<std::string>& keys);

}  // namespace replearn::app
