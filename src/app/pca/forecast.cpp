#include "app/forecast/shared_costs.hpp"
#include "app/pca/pca.hpp"

namespace replearn::app {

void PcaSettings::forecast(JobForecast& job) const {
  if (reference.empty()) return forecast_components(job, method, genes != Genes::all && matrix != "raw/X");
  const auto n = static_cast<double>(job.data.rows), k = static_cast<double>(method.components);
  forecast_x(job);
  job.add({.phase = "pca", .seconds = 1e-9 * k * job.data.stored}, {.shared = 4 * n * k});
}

}  // namespace replearn::app
