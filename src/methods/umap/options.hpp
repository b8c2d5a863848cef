#pragma once
#include <cstdint>

#include "base/index.hpp"

namespace replearn::umap {

/// Similarity of two points of the map at distance d: 1 / (1 + a d^2b).
struct Curve {
  double a, b;
};

struct Options {
  Index dimensions = 2;
  double min_dist = 0.5;  ///< distance up to which points of the map are as close as can be
  double spread = 1;      ///< scale of the distances in the map
  double a = 0, b = 0;    ///< of the curve; 0: fitted to min_dist and spread
  Index epochs = 0;       ///< 0: 500 up to 10,000 points, else 200
  double learning_rate = 1;
  double repulsion_strength = 1;
  Index negative_sample_rate = 5;
  std::uint64_t seed = 0;

  /// Throws InputError naming the option.
  void validate() const;
  Index epochs_for(Index points) const;
  Curve curve() const;
};

/// The curve closest, by least squares at 300 distances up to 3 spread, to 1 up to min_dist and
/// exp(-(d - min_dist) / spread) beyond, as in umap-learn.
Curve fit_curve(double min_dist, double spread);

}  // namespace replearn::umap
