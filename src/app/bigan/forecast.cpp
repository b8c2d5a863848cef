#include <algorithm>

#include "app/bigan/bigan.hpp"
#include "app/forecast/shared_costs.hpp"

namespace replearn::app {

void BiganSettings::forecast(JobForecast& job) const {
  if (use_rep.empty()) forecast_x(job);
  const Index columns = use_rep.empty() ? job.data.columns : forecast_representation(job, use_rep);
  const auto o = with_length();
  const auto n = static_cast<double>(job.data.rows), m = static_cast<double>(columns);
  const auto latent = static_cast<double>(o.latent), batch = static_cast<double>(o.batch);
  const double net = layer_weights(m, o.hidden, latent);
  const double discriminator = layer_weights(m + latent, o.discriminator_hidden, 1);
  const double steps =
      o.epochs > 0 ? static_cast<double>(o.epochs) * n / batch
                   : std::max(static_cast<double>(o.steps), static_cast<double>(o.min_epochs) * n / batch);
  // A step passes real and generated pairs through the discriminator, for its own update and for that of the others.
  const double weights = 2 * net + discriminator;
  const double passes = 2 * net + 4 * discriminator;
  const double evaluations = o.eval_every > 0 ? steps / static_cast<double>(o.eval_every) : 50;
  constexpr double evaluated = 2000;  // cells
  forecast_training(job,
                    {"bigan", weights, passes / weights * (steps * batch + evaluations * std::min(n, evaluated) / 3), steps},
                    {.of_each_rank = 4 * batch * m * 8, .shared = 4 * std::min(n, evaluated) * m * 2});
  job.data.embeddings["X_bigan"] = o.latent;
}

}  // namespace replearn::app
