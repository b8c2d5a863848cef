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
  constexpr double usual_iterations = 8, per_edge = 2e-7;
  const double iterations = method.iterations > 0 ? static_cast<double>(method.iterations) : usual_iterations;
  const auto runs = static_cast<double>(resolutions.size());
  // The graph, and on every rank the graph of the first level above that has few enough nodes.
  job.add({.phase = "leiden",
           .seconds = runs * iterations * per_edge * edges,
           .collectives = runs * iterations * 1000,
           .gathered = runs * iterations * 40 * n},
          {.of_each_rank = 40 * n + 45 * edges, .shared = 24 * edges});
}

}  // namespace replearn::app
