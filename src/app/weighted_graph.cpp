#include "app/weighted_graph.hpp"

#include <fmt/core.h>

#include "app/element_key.hpp"
#include "app/forecast/forecast.hpp"
#include "app/neighbors/neighbors.hpp"

namespace replearn::app {

SparseRows weighted_graph(Workspace& work, const std::string& step, const std::string& key_or_path,
                          const std::string& use_rep, const std::vector<std::string>& feature_types) {
  const std::string key = without_group(key_or_path, "obsp");
  if (key == "connectivities" && !work.connectivities()) {
    NeighborsSettings search;
    search.use_rep = use_rep;
    search.feature_types = feature_types;
    work.session().log.line(fmt::format("{}: no obsp/connectivities: searching for {} neighbors per cell first", step,
                                        search.method.neighbors));
    neighbors_step(work, search);
  }
  const Matrix& stored = key == "connectivities" ? *work.connectivities() : work.matrix("obsp/" + key);
  const auto* sparse = std::get_if<SparseRows>(&stored);
  return sparse ? *sparse : to_sparse(std::get<DistributedMatrix>(stored));
}

void forecast_weighted_graph(JobForecast& job, const std::string& use_rep) {
  if (job.data.edges == 0) {
    NeighborsSettings search;
    search.use_rep = use_rep;
    search.forecast(job);
  }
  if (job.holds("graph")) return;
  const auto n = static_cast<double>(job.data.rows);
  job.add({.phase = "read", .seconds = 8e-9 * job.data.edges});
  job.hold({.shared = 8 * job.data.edges + 8 * n}, "graph");
}

}  // namespace replearn::app
