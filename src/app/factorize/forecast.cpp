#include <algorithm>

#include "app/factorize/factorize.hpp"
#include "app/forecast/shared_costs.hpp"
#include "base/log.hpp"

namespace replearn::app {

void FactorizeSettings::forecast(JobForecast& job) const {
  forecast_x(job);
  const auto n = static_cast<double>(job.data.rows), m = static_cast<double>(job.data.columns);
  const auto o = options_for_data(*this, job.data.rows, job.data.columns, Log());
  // The first layer is evaluated once per row and column of a block, the others once per entry.
  double weights = static_cast<double>(o.hidden.empty() ? 1 : o.hidden.back());
  for (std::size_t i = 0; i + 1 < o.hidden.size(); ++i) weights += static_cast<double>(o.hidden[i] * o.hidden[i + 1]);
  const double all = o.missing == factorize::Missing::zero ? job.data.stored : n * m;
  const double entries_per_step =
      o.batch == factorize::BatchKind::pairs
          ? static_cast<double>(o.batch_pairs)
          : static_cast<double>((o.batch_samples > 0 ? std::min(o.batch_samples, job.data.rows) : job.data.rows) *
                                (o.batch_genes > 0 ? std::min(o.batch_genes, job.data.columns) : job.data.columns));
  const double entries_per_epoch = std::max(1.0, all / entries_per_step);
  const double steps = o.steps > 0 ? static_cast<double>(o.steps)
                                   : std::max(static_cast<double>(o.min_steps), static_cast<double>(o.epochs) * entries_per_epoch);
  // The held-out entries are evaluated after each epoch and at the end: a third of the work of training on them.
  const double evaluations = 1 + std::max(1.0, steps / entries_per_epoch);
  const double entries = steps * entries_per_step + evaluations * o.holdout * all / 3;
  forecast_training(job, {"factorize", weights, entries, steps, 1.1e11},
                    {.of_each_rank = 4 * 8 * static_cast<double>(o.gene_dims) * m,
                     .shared = 4 * 8 * static_cast<double>(o.sample_dims) * n});
  job.data.embeddings["X_factorize"] = o.sample_dims;
}

}  // namespace replearn::app
