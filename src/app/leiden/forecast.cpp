#include "app/forecast/shared_costs.hpp"
#include "app/leiden/leiden.hpp"
#include "app/neighbors/neighbors.hpp"

namespace replearn::app {

void LeidenSettings::forecast(JobForecast& job) const {
  if (job.data.edges == 0) {
    NeighborsSettings search;
    search.use_rep = use_rep;
    search.forecast(job);
  }
  const auto n = static_cast<double>(job.data.rows);
  const double edges = job.data.edges;
  if (!job.holds("graph")) {
    job.add({.phase = "read", .seconds = 8e-9 * edges});
    job.hold({.shared = 8 * edges + 8 * n}, "graph");
  }
  constexpr double usual_iterations = 8, per_edge = 6e-8;
  const double iterations = method.iterations > 0 ? static_cast<double>(method.iterations) : usual_iterations;
  const auto runs = static_cast<double>(resolutions.size());
  // 12 bytes per edge for the graph, as much again for those of the higher levels; communities and masses of all nodes.
  job.add({.phase = "leiden",
           .seconds = runs * iterations * per_edge * edges,
           .collectives = runs * iterations * 1000,
           .gathered = runs * iterations * 40 * n},
          {.of_each_rank = 40 * n, .shared = 24 * edges});
}

}  // namespace replearn::app
