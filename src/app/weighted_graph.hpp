#pragma once
#include <string>
#include <vector>

#include "app/workspace.hpp"

namespace replearn::app {

class JobForecast;

/// The weights of a graph in obsp: those of this job or of the file. If there are no connectivities, neighbors are
/// searched for first, with the defaults of `neighbors`; graph and weights are then stored as well.
/// step: name for the log. key: of obsp. All ranks. Throws InputError if there is no other graph of that name.
SparseRows weighted_graph(Workspace& work, const std::string& step, const std::string& key, const std::string& use_rep,
                          const std::vector<std::string>& feature_types);

/// What weighted_graph adds to the forecast of a job. Local.
void forecast_weighted_graph(JobForecast& job, const std::string& use_rep);

}  // namespace replearn::app
