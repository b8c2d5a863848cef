#include "app/forecast/shared_costs.hpp"

#include <algorithm>
#include <cmath>

#include "methods/neighbors/approximate.hpp"
#include "methods/pca/estimated_work.hpp"

namespace replearn::app {
namespace {

constexpr double nanosecond = 1e-9;

double read_seconds_per_value(const DataSizes& data) {
  return (data.is_compressed ? 25 : 8) * nanosecond;
}

PhaseCost reading(const JobForecast& job, double share) {
  return {.phase = "read", .seconds = share * job.data.stored * read_seconds_per_value(job.data)};
}

}  // namespace

bool stays_on_disk(const JobForecast& job, double share, int copies) {
  const auto nodes = static_cast<double>(job.layout.nodes);
  return job.data.can_stay_on_disk && !job.data.in_memory &&
         job.data.bytes_of_x(share) * copies / nodes > job.layout.available / 2;
}

void forecast_x(JobForecast& job, double share) {
  if (job.data.in_memory) return;
  const MemoryNeed matrix{.shared = job.data.bytes_of_x(share)};
  job.add(reading(job, 1), matrix);
  job.hold(matrix);
  job.data.in_memory = share == 1;
}

void forecast_components(JobForecast& job, const pca::Options& options, bool variable) {
  const auto& data = job.data;
  const bool some = variable && data.variable_genes > 0;
  const double share = some ? data.share_of_values : 1;
  const Index columns = some ? data.variable_genes : data.columns;
  const auto n = static_cast<double>(data.rows), m = static_cast<double>(columns);
  const auto k = static_cast<double>(std::min<Index>({options.components, columns, data.rows}));
  const bool on_disk = stays_on_disk(job, share, 1);
  if (!on_disk && !some) forecast_x(job);
  const double values = share * data.stored;
  const auto work = pca::estimated_work(data.rows, columns, data.is_sparse ? std::optional(values) : std::nullopt,
                                        std::nullopt, options);
  const bool exact = pca::is_exact(options, columns, work);
  const auto& seconds = exact ? work.exact : work.randomized;
  PhaseCost cost{.phase = "pca", .seconds = seconds.rows, .repeated = seconds.columns};
  constexpr double passes = 20;
  cost.collectives = exact ? 3 : 3 * passes;
  cost.gathered = exact ? 8 * m * m : passes * 8 * m * (k + static_cast<double>(options.oversamples));
  MemoryNeed during{.of_each_rank = exact ? 20 * m * m : 24 * m * pca::usual_directions(options),
                    .shared = 8 * n * pca::usual_directions(options) / 4};
  if (on_disk) {
    during.of_each_rank += streaming_buffers;
    cost.seconds += (exact ? 3 : passes) * values * read_seconds_per_value(data);
  } else if (some) {
    const MemoryNeed chosen{.shared = data.bytes_of_x(share)};
    if (!data.in_memory) job.add(reading(job, 1), chosen);
    during = during + chosen;
  }
  job.add(cost, during);
  job.hold({.of_each_rank = 4 * m * k, .shared = 4 * n * k});
  job.data.embeddings["X_pca"] = static_cast<Index>(k);
}

Index forecast_representation(JobForecast& job, const std::string& use_rep) {
  const std::string key = use_rep == "auto" ? "X_pca" : use_rep;
  const auto n = static_cast<double>(job.data.rows);
  if (const auto known = job.data.embeddings.find(key); known != job.data.embeddings.end()) {
    const auto width = static_cast<double>(known->second);
    if (!job.holds(key)) {
      job.add({.phase = "read", .seconds = 2 * nanosecond * n * width}, {.shared = 4 * n * width});
      job.hold({.shared = 4 * n * width}, key);
    }
    return known->second;
  }
  constexpr Index few_columns = 50;
  if (use_rep == "auto" && job.data.columns > few_columns) {
    forecast_components(job, {}, true);
    return job.data.embeddings.at("X_pca");
  }
  forecast_x(job);
  if (job.data.is_sparse && !job.holds("X")) job.hold({.shared = 4 * n * static_cast<double>(job.data.columns)}, "X");
  return job.data.columns;
}

void forecast_neighbors(JobForecast& job, Index k, Index columns, neighbors::Method method) {
  const auto n = static_cast<double>(job.data.rows), d = static_cast<double>(columns), wanted = static_cast<double>(k);
  const bool approximate = method == neighbors::Method::approximate ||
                           (method == neighbors::Method::automatic && neighbors::approximate_is_cheaper(job.data.rows, k));
  // Of all pairs about half are skipped: fewer in data without clusters.
  const double seconds = approximate ? n * (6e-6 + 1e-6 * wanted) * std::max(1.0, d / 50)
                                     : 0.6e-11 * n * n * d + 2e-7 * n * wanted;
  const double lists = approximate ? (22 * d + 32 * wanted) : 16 * (2 * wanted + 16) + 16 * d;
  job.add({.phase = "neighbors", .seconds = seconds, .collectives = 20, .gathered = 2 * n * d},
          {.of_each_rank = approximate ? 13 * n : 0, .shared = (lists + 12 * wanted) * n});
}

void forecast_graph(JobForecast& job, Index k) {
  const auto n = static_cast<double>(job.data.rows), wanted = static_cast<double>(k);
  const double edges = 1.6 * n * wanted;
  const MemoryNeed graph{.shared = 12 * n * wanted + 8 * edges};
  job.add({.phase = "connectivities", .seconds = 2.7e-7 * n * wanted, .collectives = 3, .exchanged = 16 * n * wanted},
          graph + MemoryNeed{.shared = 16 * n * wanted});
  job.hold(graph, "graph");
  job.data.neighbors = wanted;
  job.data.edges = edges;
}

double layer_weights(double inputs, const std::vector<Index>& widths, double outputs) {
  double weights = 0;
  for (const Index each : widths) {
    const auto width = static_cast<double>(each);
    weights += inputs * width;
    inputs = width;
  }
  return weights + inputs * outputs;
}

void forecast_training(JobForecast& job, const Training& training, const MemoryNeed& during) {
  // Forward, backward to the inputs and to the weights: 6 flops per weight and row; then one pass of Adam per step.
  const double adam = 28 * training.weights * training.steps / 1e10;
  job.add({.phase = training.phase,
           .seconds = 6 * training.weights * training.rows / training.flops_per_second + adam,
           .collectives = 4 * training.steps,
           .gathered = 8 * training.weights * training.steps},
          during + MemoryNeed{.of_each_rank = 16 * training.weights});
}

void forecast_output(JobForecast& job, bool all) {
  const auto& data = job.data;
  // Ranks share the work of compressing, but not the disk: 8 bytes per value at 300 MB per second.
  const double compressing = (data.is_compressed ? 100 : 2) * nanosecond;
  const double storing = (data.is_compressed ? 5 : 27) * nanosecond;
  double made = data.edges + data.neighbors * static_cast<double>(data.rows), carried = 0;
  for (const auto& [key, width] : data.embeddings) made += static_cast<double>(data.rows * width) / 2;
  const double matrices = data.stored * (data.has_counts ? 2 : 1);
  if (all) (job.writes_x ? made : carried) += matrices;
  job.add({.phase = "write",
           .seconds = made * compressing,
           .repeated = 1e-6 * static_cast<double>(data.rows) + (made + carried) * storing},
          {.of_each_rank = 5e6});
}

}  // namespace replearn::app
