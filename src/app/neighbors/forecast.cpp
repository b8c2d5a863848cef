#include "app/forecast/shared_costs.hpp"
#include "app/neighbors/neighbors.hpp"
#include "base/log.hpp"

namespace replearn::app {

void NeighborsSettings::forecast(JobForecast& job) const {
  const Index columns = forecast_representation(job, use_rep);
  const Index k = for_cells(job.data.rows, Log()).neighbors;
  const Index searched = std::max(k, job.announced_neighbors);  // one search for all steps of the job
  forecast_neighbors(job, searched, columns, method.method);
  if (searched > k) job.hold({.shared = 12.0 * static_cast<double>(searched * job.data.rows)}, "wide graph");
  forecast_graph(job, k);
}

}  // namespace replearn::app
