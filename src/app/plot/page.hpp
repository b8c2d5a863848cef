#pragma once
#include <string>
#include <vector>

#include "app/plot/plot.hpp"

namespace replearn::app {

/// "X_tsne" -> "t-SNE"; unknown keys only lose their X_.
std::string map_title(const std::string& key);
/// "X_tsne", 1 -> "tSNE 1".
std::string map_axis(const std::string& key, int axis);

/// Writes settings.page: the maps of these obsm keys, colored by any column of obs and by genes, and the report of the
/// jobs recorded in the output (or, without one, the input). Of more than settings.page_cells cells, a sample. All
/// ranks; root holds the coordinates of all cells, their columns and the chosen genes. Throws as report::write_page.
void write_map_page(Workspace& work, const PlotSettings& settings, const std::vector<std::string>& bases);

}  // namespace replearn::app
