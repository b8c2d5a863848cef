#include "methods/harmony/harmony.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "methods/harmony/correction.hpp"
#include "methods/harmony/soft_clusters.hpp"
#include "methods/harmony/start.hpp"
#include "mpi/collectives.hpp"

namespace replearn::harmony {
namespace {

/// Rows scaled to length 1.
DistributedMatrix directions_of(const mpi::Communicator& comm, DistributedMatrix z) {
  mpi::run_collectively(comm, [&] {
    for (Index i = 0; i < z.local_rows(); ++i) {
      const float length = z.local.row(i).norm();
      if (!std::isfinite(length) || length == 0) {
        throw InputError("", fmt::format("row {} of the components", z.first_row() + i),
                         length == 0 ? "is 0, so it has no direction" : "is not finite",
                         "remove the cell, or compute the components again");
      }
      z.local.row(i) /= length;
    }
  });
  return z;
}

/// Whether the mean of the last three values differs little from that of the three that end one before.
bool is_settled(const std::vector<double>& values, double tolerance) {
  constexpr std::size_t window = 3;
  const std::size_t count = values.size();
  if (count < window + 1) return false;
  double before = 0, now = 0;
  for (std::size_t i = 0; i < window; ++i) before += values[count - 2 - i], now += values[count - 1 - i];
  return std::abs(before - now) < tolerance * std::abs(before);
}

void check(const Factors& factors, const Options& options, Index rows, Index clusters) {
  options.validate();
  require(options.theta.size() == 1 || options.theta.size() == factors.levels.size(), "--theta",
          fmt::format("has {} values for {} columns of batches", options.theta.size(), factors.levels.size()),
          "give one value, or one for each column");
  require(clusters < rows, "--clusters", fmt::format("is {} for {} cells", clusters, rows),
          "choose fewer clusters than cells");
  for (const Index levels : factors.levels) {
    require(levels >= 2, "--batch-key", "names a column with a single batch", "there is nothing to correct");
  }
}

}  // namespace

Results harmony(const mpi::Communicator& comm, const DistributedMatrix& z, const Factors& factors,
                const Options& options, const ProgressCallback& progress, const RowMatrix& start) {
  const Index k = start.size() > 0 ? start.rows() : options.clusters_for(z.rows());
  check(factors, options, z.rows(), k);
  const Groups groups = groups_of(comm, factors);
  auto points = directions_of(comm, z);
  RowMatrix centers = start.size() > 0 ? start : k_means(comm, points, k, options.seed);
  SoftClusters clusters(comm, std::move(points), groups, std::move(centers), options);

  Results results{.corrected = {}, .objective = {clusters.objective()}, .converged = false, .clusters = k};
  std::vector<double> values = results.objective;  // of every round
  for (Index iteration = 1; iteration <= options.iterations && !results.converged; ++iteration) {
    for (Index round = 0; round < options.rounds; ++round) {
      clusters.update();
      values.push_back(clusters.objective());
      constexpr Index first_rounds = 3;
      if (round > first_rounds && is_settled(values, options.round_tolerance)) break;
    }
    const double before = results.objective.back(), now = values.back();
    results.objective.push_back(now);
    results.corrected = correct(comm, z, clusters, groups, options.lambda);
    clusters.set_points(directions_of(comm, results.corrected));
    results.converged = before - now < options.tolerance * std::abs(before);
    if (progress) progress({"harmony", iteration, options.iterations, now});
  }
  return results;
}

}  // namespace replearn::harmony
