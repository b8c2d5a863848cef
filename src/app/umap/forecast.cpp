#include "app/forecast/shared_costs.hpp"
#include "app/umap/umap.hpp"
#include "app/weighted_graph.hpp"

namespace replearn::app {

void UmapSettings::forecast(JobForecast& job) const {
  forecast_weighted_graph(job, use_rep);
  const auto n = static_cast<double>(job.data.rows), q = static_cast<double>(method.dimensions);
  const double edges = job.data.edges;
  const auto epochs = static_cast<double>(method.epochs_for(job.data.rows));
  if (start == UmapStart::spectral && start_key.empty()) {
    job.add({.phase = "spectral start", .seconds = 2.9e-5 * n, .collectives = 300, .gathered = 1600 * n},
            {.of_each_rank = 16 * (q + 4) * n, .shared = 20 * 8 * (q + 4) * n});
  }
  // Edges near the largest weight are drawn in every epoch, each with its negative samples.
  const double samples = static_cast<double>(1 + method.negative_sample_rate) / 6;
  job.add({.phase = "umap", .seconds = 5.6e-8 * edges * epochs * samples, .collectives = 3 * epochs,
           .gathered = 8 * n * q * epochs},
          {.of_each_rank = 16 * n * q, .shared = 24 * edges});
  job.data.embeddings["X_umap"] = method.dimensions;
}

}  // namespace replearn::app
