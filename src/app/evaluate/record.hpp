#pragma once
#include <string>

#include "app/evaluate/maps.hpp"
#include "data/value_tree.hpp"

namespace replearn::app {

/// uns/evaluate: params, and one dictionary of scores for each map. Local.
ValueTree record_of(const MapEvaluation& evaluation);

/// A dictionary as JSON, with null for numbers that are not finite. Local.
std::string json_of(const ValueTree& tree);

}  // namespace replearn::app
