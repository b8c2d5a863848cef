#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "app/evaluate/maps.hpp"
#include "methods/map_quality/nearest.hpp"

namespace replearn::app {

/// One representation with the exact neighbors of the local rows.
struct Judged {
  std::unique_ptr<map_quality::Space> space;
  map_quality::NeighborLists neighbors;
};

/// Columns of obs, if they are named.
struct JudgedLabels {
  std::optional<map_quality::Labels> labels, clusters, batches;
};

/// All scores of maps. settings: as used, with all names resolved. All ranks.
MapEvaluation evaluate(Workspace& work, const EvaluateMapsSettings& settings, const Judged& reference,
                       const std::vector<Judged>& maps, const JudgedLabels& labels);

}  // namespace replearn::app
