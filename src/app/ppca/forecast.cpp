#include "app/forecast/shared_costs.hpp"
#include "app/ppca/ppca.hpp"

namespace replearn::app {

/// Without missing entries: the covariance of the genes and its eigenvectors (complete.hpp); with them, passes of EM.
void PpcaSettings::forecast(JobForecast& job) const {
  forecast_x(job);
  const auto n = static_cast<double>(job.data.rows), m = static_cast<double>(job.data.columns);
  const auto q = static_cast<double>(method.components), values = job.data.stored;
  if (method.missing == ppca::Missing::none) {
    const double pairs = values * values / (2 * n);
    job.add({.phase = "ppca", .seconds = 1.1e-9 * pairs, .repeated = 1.6e-10 * m * m * m, .collectives = 5,
             .gathered = 8 * m * m},
            {.of_each_rank = 16 * m * m, .shared = 12 * n * q});
  } else {
    constexpr double usual_iterations = 200;
    job.add({.phase = "ppca", .seconds = usual_iterations * values * q * q * 1e-10,
             .collectives = 3 * usual_iterations, .gathered = usual_iterations * 8 * m * q * q},
            {.of_each_rank = 16 * m * q * q, .shared = 12 * n * q});
  }
  job.data.embeddings["X_" + name()] = method.components;
}

}  // namespace replearn::app
