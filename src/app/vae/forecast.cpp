#include <algorithm>

#include "app/forecast/shared_costs.hpp"
#include "app/vae/vae.hpp"

namespace replearn::app {

void VaeSettings::forecast(JobForecast& job) const {
  forecast_x(job);
  const auto options = checked();
  const auto n = static_cast<double>(job.data.rows), m = static_cast<double>(job.data.columns);
  const double outputs = options.likelihood == vae::Likelihood::zero_inflated ? 2 : 1;  // per gene
  const auto latent = static_cast<double>(options.latent);
  const double weights =
      layer_weights(m, options.encoder, 2 * latent) + layer_weights(latent, options.decoder, outputs * m);
  const double trained = n * (1 - options.holdout), batch = static_cast<double>(options.batch);
  const double epochs = reference.empty() ? static_cast<double>(vae::epochs_of(options, job.data.rows)) : 0;
  const double steps = std::max(epochs * trained / batch, reference.empty() ? static_cast<double>(options.min_steps) : 0);
  forecast_training(job, {"vae", weights, steps * batch + n / 3, steps}, {.shared = 4 * batch * m * 6});
  job.data.embeddings["X_vae"] = options.latent;
}

}  // namespace replearn::app
