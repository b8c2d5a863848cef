#pragma once
#include <string>
#include <vector>

#include "cli/workspace.hpp"

namespace replearn::cli {

/// What the file holds that was computed from X and no longer belongs to it once X changes: maps and components
/// (obsm/X_*), graphs and distances (obsp), loadings (varm), which genes vary most (var/highly_variable and its
/// figures), and their entries of uns. Labels of cells stay: a clustering may have been corrected by hand. All ranks.
std::vector<std::string> results_of_x(Workspace& work);
/// Whether an element is one, by its path. Local.
bool is_result_of_x(const std::string& element);

/// Has the output leave those out, and says so. All ranks.
void drop_old_results(Workspace& work);

}  // namespace replearn::cli
