#include "methods/harmony/options.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace replearn::harmony {

void Options::validate() const {
  require(clusters >= 0, "--clusters", "must not be negative", "0: by the number of cells");
  require(!theta.empty() && std::ranges::all_of(theta, [](double each) { return each >= 0; }), "--theta",
          "must not be negative", "the default is 2; 0 does not mix batches");
  require(lambda > 0, "--lambda", "must be positive", "the default is 1");
  require(sigma > 0, "--sigma", "must be positive", "the default is 0.1");
  require(tau >= 0, "--tau", "must not be negative", "0: no protection of small batches");
  require(iterations >= 1, "--iterations", "must be at least 1", "the default is 10");
  require(rounds >= 1, "--rounds", "must be at least 1", "the default is 20");
}

Index Options::clusters_for(Index cells) const {
  if (clusters > 0) return clusters;
  constexpr double cells_per_cluster = 30, max_clusters = 100;
  return static_cast<Index>(std::clamp(std::nearbyint(static_cast<double>(cells) / cells_per_cluster), 1.0, max_clusters));
}

}  // namespace replearn::harmony
