#pragma once
#include <string>
#include <vector>

#include "app/evaluate/maps.hpp"

namespace replearn::app {

/// One score of every map.
struct TableRow {
  std::string name;
  std::vector<map_quality::Estimate> scores;  ///< one per map
};

/// The scores of maps as a table, in the order in which they are printed. Local.
std::vector<TableRow> table_of(const MapEvaluation& evaluation);

}  // namespace replearn::app
