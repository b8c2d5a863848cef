#include <algorithm>

#include "app/forecast/shared_costs.hpp"
#include "app/tsne/tsne.hpp"
#include "base/log.hpp"
#include "methods/tsne/memory.hpp"

namespace replearn::app {

Index TsneSettings::neighbors_needed(Index rows) const {
  return reference.empty() && affinities_key.empty() ? method.neighbors_needed(rows) : 0;
}

void TsneSettings::forecast(JobForecast& job) const {
  const TsneSettings settings = for_cells(job.data.rows, Log());
  const auto& o = settings.method;
  const auto n = static_cast<double>(job.data.rows), q = static_cast<double>(o.dimensions);
  const auto ranks = static_cast<int>(job.layout.ranks());
  const bool is_given = !affinities_key.empty();
  const Index columns = is_given ? 0 : forecast_representation(job, use_rep);
  const Index k = o.neighbors_needed(job.data.rows);
  const bool has_graph = job.holds("wide graph") || (stored_graph && job.data.neighbors >= static_cast<double>(k));
  if (!is_given && !has_graph) {
    forecast_neighbors(job, k, columns, neighbor_search);
  }
  const double pairs = n * static_cast<double>(k);
  auto need = tsne::memory_need(job.data.rows, 0, o, ranks, is_given ? job.data.edges : 0);
  need.of_each_rank -= process_memory;
  job.add({.phase = "affinities", .seconds = 2e-7 * pairs, .collectives = 5, .exchanged = 12 * pairs}, need);
  const auto steps = static_cast<double>(reference.empty() ? o.early_exaggeration_iterations + o.iterations : 250);
  // A row of P is read and its forces are added; then the grid or the tree.
  const double per_point = 1.3e-9 * 1.6 * static_cast<double>(k) + 1.2e-7;
  job.add({.phase = "tsne", .seconds = steps * n * per_point, .repeated = steps * 1e-4, .collectives = 6 * steps,
           .gathered = steps * 4 * n * q},
          need);
  job.data.embeddings["X_tsne"] = o.dimensions;
}

}  // namespace replearn::app
