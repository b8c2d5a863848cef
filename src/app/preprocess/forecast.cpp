#include "app/forecast/shared_costs.hpp"
#include "app/preprocess/preprocess.hpp"

namespace replearn::app {

/// All cells and genes are taken to be kept.
void PreprocessSettings::forecast(JobForecast& job) const {
  auto& data = job.data;
  const bool keeps_counts = !method.counts_layer.empty();
  const auto n = static_cast<double>(data.rows), m = static_cast<double>(data.columns);
  const bool on_disk = stays_on_disk(job, 1, keeps_counts ? 2 : 1);
  constexpr double per_value = 4e-8, per_gene = 80;  // seconds; bytes on every rank
  MemoryNeed during{.of_each_rank = per_gene * m};
  if (on_disk) {
    during.of_each_rank += streaming_buffers;
    job.hold({.shared = 16 * n});
  } else {
    forecast_x(job);
    if (keeps_counts) job.hold({.shared = data.bytes_of_x()}, "counts");
  }
  job.add({.phase = "preprocess",
           .seconds = per_value * data.stored * (on_disk ? 2 : 1),
           .collectives = 30,
           .gathered = 100 * m},
          during);
  job.writes_x = true;
  data.has_counts = data.has_counts || keeps_counts;
  if (method.hvg.flavor != preprocess::HvgFlavor::none) {
    constexpr Index usual = 2000;
    data.variable_genes = std::min(data.columns, method.hvg.top_genes > 0 ? method.hvg.top_genes : usual);
    data.share_of_values = std::min(1.0, 2.0 * static_cast<double>(data.variable_genes) / m);
  }
  if (method.scale || method.pearson_residuals) {
    if (method.pearson_residuals) data.columns = data.variable_genes;
    data.is_sparse = false;
    data.stored = n * static_cast<double>(data.columns);
    job.hold({.shared = data.bytes_of_x()});
  }
}

}  // namespace replearn::app
