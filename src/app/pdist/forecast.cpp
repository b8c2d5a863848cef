#include "app/forecast/shared_costs.hpp"
#include "app/pdist/pdist.hpp"

namespace replearn::app {

/// Distances are computed faster than they are written.
void PdistSettings::forecast(JobForecast& job) const {
  const Index columns = forecast_representation(job, use_rep);
  const auto n = static_cast<double>(job.data.rows), d = static_cast<double>(columns);
  const double values = method.form == pdist::Form::square ? n * n : n * (n - 1) / 2;
  job.add({.phase = "write", .seconds = 2.5e-9 * values + 3e-11 * d * values, .repeated = 5e-9 * values,
           .exchanged = 4 * n * d},
          {.of_each_rank = method.buffer_memory + 8 * n * d / static_cast<double>(job.layout.ranks())});
}

}  // namespace replearn::app
