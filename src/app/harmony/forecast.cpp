#include "app/forecast/shared_costs.hpp"
#include "app/harmony/harmony.hpp"

namespace replearn::app {

void HarmonySettings::forecast(JobForecast& job) const {
  const Index columns = forecast_representation(job, use_rep == "X_pca" ? "auto" : use_rep);
  const auto n = static_cast<double>(job.data.rows), d = static_cast<double>(columns);
  const auto k = static_cast<double>(method.clusters_for(job.data.rows));
  constexpr double usual_iterations = 6, usual_rounds = 8, usual_groups = 10;
  const double rounds = usual_iterations * usual_rounds;
  job.add({.phase = "harmony",
           .seconds = rounds * n * k * (9e-11 * d + 8e-9),
           .collectives = 25 * rounds,
           .gathered = 20 * 8 * k * usual_groups * rounds},
          {.of_each_rank = 16 * k * d * usual_groups + 4 * 20'000 * d, .shared = 8 * n * k + 16 * n * d});
  job.hold({.shared = 4 * n * d}, key_added);
  job.data.embeddings[key_added] = columns;
}

}  // namespace replearn::app
