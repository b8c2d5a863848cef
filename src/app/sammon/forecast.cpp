#include <algorithm>
#include <cmath>

#include "app/forecast/shared_costs.hpp"
#include "app/sammon/sammon.hpp"

namespace replearn::app {
namespace {

/// Passes over all pairs until convergence, from runs on mixtures of 2,000 to 50,000 points.
double usual_passes(double n, const sammon::Options& method) {
  if (method.optimizer != sammon::OptimizerKind::automatic) return static_cast<double>(method.iterations);
  const double descent = 450 * std::sqrt(n / 2000);
  if (n <= sammon::automatic_points) return descent;
  if (n <= sammon::thorough_points) return 600;
  return n <= sammon::exact_points ? 80 : 0;
}

}  // namespace

void SammonSettings::forecast(JobForecast& job) const {
  const Index columns = forecast_representation(job, use_rep);
  const bool is_placed = !reference.empty();
  const auto d = static_cast<double>(columns), q = static_cast<double>(dimensions);
  const auto cells = static_cast<double>(job.data.rows);
  const double n = landmarks > 0 ? std::min(cells, static_cast<double>(landmarks)) : cells;
  const auto ranks = static_cast<double>(job.layout.ranks());
  const double pairs = n * n / 2, bytes = method.storage.precision == sammon::Precision::uint16 ? 2 : 4;
  const double room = method.storage.memory > 0
                          ? method.storage.memory * ranks
                          : 0.7 * job.layout.available * static_cast<double>(job.layout.nodes);
  double passes = is_placed ? 0 : std::min(usual_passes(n, method), static_cast<double>(method.iterations));
  const bool is_stochastic = passes == 0 || method.optimizer == sammon::OptimizerKind::stochastic;
  if (is_stochastic) passes = 3;  // E before, in between and after
  const bool is_stored = !is_stochastic && bytes * pairs <= room;
  const double per_pair = is_stored ? 0.3e-9 : 0.3e-9 + 3e-11 * d;
  PhaseCost cost{.phase = "sammon", .seconds = passes * pairs * per_pair, .collectives = 25 * passes,
                 .gathered = 12 * n * q * passes};
  if (n > sammon::automatic_points || is_stochastic) {
    constexpr double group = 64;
    const auto rounds = static_cast<double>(method.rounds);
    cost.seconds += rounds * n * group / 2 * (0.5e-9 + 3e-11 * d);
    cost.collectives += rounds;
    cost.gathered += rounds * 4 * n * (q + 2);
  }
  job.add(cost, {.of_each_rank = 36 * n * q, .shared = (is_stored ? bytes * pairs : 0) + 250 * n * q,
                 .of_each_node = 4 * n * d});
  if (cells > n || is_placed) job.add({.phase = "place", .seconds = 1e-6 * cells * d, .gathered = 4 * n * d});
  job.data.embeddings["X_sammon"] = dimensions;
}

}  // namespace replearn::app
