#include "app/forecast/shared_costs.hpp"
#include "app/leiden/leiden.hpp"
#include "app/weighted_graph.hpp"

namespace replearn::app {

void LeidenSettings::forecast(JobForecast& job) const {
  forecast_weighted_graph(job, use_rep);
  const auto n = static_cast<double>(job.data.rows);
  const double edges = job.data.edges;
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
