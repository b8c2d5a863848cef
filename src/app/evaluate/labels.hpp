#pragma once
#include <string>

#include "app/workspace.hpp"
#include "methods/map_quality/centroids.hpp"

namespace replearn::app {

/// The labels of a column of obs, without unused categories. option: that named the column. All ranks. Throws
/// InputError if there is no such column or it has no labels.
map_quality::Labels labels_of(Workspace& work, const std::string& column, const std::string& option);

}  // namespace replearn::app
