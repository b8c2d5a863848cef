#pragma once
#include "methods/map_quality/rank_curve.hpp"

namespace replearn::map_quality {

/// How well a map preserves distances: D in the reference, d in the map, over all pairs.
struct StressScores {
  Estimate sammon;                 ///< sum (D - d)^2 / D, divided by sum D: Sammon 1969, E. Pairs with D = 0 are left out
  Estimate scaled_sammon;          ///< the same for the map scaled so that it is smallest
  Estimate stress_1;               ///< sqrt(sum (D - d)^2 / sum D^2): Kruskal's stress-1 with disparities D
  Estimate scale_normalized_stress;  ///< the same for the map scaled so that it is smallest (Smelser et al. 2024)
  Estimate shepard;                ///< Spearman's correlation of D and d
};

/// Over all pairs, whose distances are measured twice: for the sums, and for the products of ranks. Distances are put
/// into 2^17 classes, D / (D + root mean square); those of a class share their mean rank, which changes Spearman's
/// correlation by less than 1e-6, unless a few outliers make almost all distances equal. Collective; bit-identical on
/// any number of ranks. Cost: n^2 d flops per space, divided by the ranks. Memory: 4 n d bytes per space and rank.
std::vector<StressScores> stress_of_all_pairs(const mpi::Communicator& comm, const Space& reference,
                                              const std::vector<const Space*>& maps);

/// Estimated from sampled rows, with errors by the jackknife over these rows. n: all rows. Local.
StressScores stress_of_sample(const SampledComparison& sampled, Index n);

}  // namespace replearn::map_quality
