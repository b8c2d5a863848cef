#pragma once
#include <string>
#include <vector>

#include "app/workspace.hpp"

namespace replearn::app {

/// Results computed from X, which become invalid when X changes: embeddings (obsm/X_*), graphs and distances (obsp),
/// loadings (varm), highly variable genes (var/highly_variable and its statistics), and their entries in uns. Cell
/// labels stay, since a clustering may have been curated manually. All ranks.
std::vector<std::string> results_of_x(Workspace& work);
/// Whether an element, given by its path, is such a result. Local.
bool is_result_of_x(const std::string& element);

/// Drops these results from the output and logs it. All ranks.
void drop_old_results(Workspace& work);

}  // namespace replearn::app
