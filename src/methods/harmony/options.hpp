#pragma once
#include <cstdint>
#include <vector>

#include "base/index.hpp"

namespace replearn::harmony {

struct Options {
  Index clusters = 0;               ///< 0: a thirtieth of the cells, at most 100
  std::vector<double> theta = {2};  ///< weight of the diversity of batches in a cluster: one value, or one per factor
  double lambda = 1;                ///< ridge penalty on the shift of a batch in a cluster
  double sigma = 0.1;               ///< width of the soft assignment to clusters
  double tau = 0;                   ///< cells per cluster below which a batch counts less; 0: all count alike
  Index iterations = 10;            ///< maximum number of corrections
  Index rounds = 20;                ///< maximum number of rounds of clustering before each correction
  double tolerance = 1e-4;          ///< converged when the objective decreases by less than this fraction
  double round_tolerance = 1e-5;    ///< the same for rounds, over three of them
  std::uint64_t seed = 0;

  /// Throws InputError naming the option.
  void validate() const;
  Index clusters_for(Index cells) const;
};

}  // namespace replearn::harmony
