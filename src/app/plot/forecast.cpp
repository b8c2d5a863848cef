#include <algorithm>

#include "app/forecast/shared_costs.hpp"
#include "app/plot/plot.hpp"

namespace replearn::app {

/// Figures are drawn by root.
void PlotSettings::forecast(JobForecast& job) const {
  const auto n = static_cast<double>(job.data.rows);
  const auto maps = static_cast<double>(std::max<std::size_t>(1, job.data.embeddings.size()));
  job.add({.phase = "plot", .repeated = maps * (0.3 + 2e-6 * n)}, {.of_each_node = 4e7 + 60 * n});
}

}  // namespace replearn::app
