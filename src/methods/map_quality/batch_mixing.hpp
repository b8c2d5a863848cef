#pragma once
#include "methods/map_quality/centroids.hpp"

namespace replearn::map_quality {

/// Local inverse Simpson's index of the labels around each local row (Korsunsky et al. 2019), as in scib-metrics: the
/// effective number of labels among its first k neighbors, with weights exp(-beta distance) whose entropy is
/// log(perplexity) to 1e-5, or as near as ties allow. Neighbors without a label do not count; NaN for rows without one. Local.
/// neighbors: at least k each, or n - 1.
std::vector<double> inverse_simpson(const NeighborLists& neighbors, Index first_row, Index k, double perplexity,
                                    const Labels& labels);

/// Median of the values that are not NaN, of all ranks; NaN if there are none. Collective.
double median(const mpi::Communicator& comm, const std::vector<double>& mine);

/// kBET (Buttner et al. 2019), as in scib-metrics: the fraction of the rows for which the batches of the row and its
/// first k neighbors do not differ from those of all rows by a chi-squared test at level 0.05. Rows without a batch are
/// left out. Collective; equal on any number of ranks.
double kbet_acceptance(const mpi::Communicator& comm, const NeighborLists& neighbors, Index first_row, Index k,
                       const Labels& batches);

/// Probability that a chi-squared variable with `freedom` >= 1 degrees of freedom exceeds x >= 0. Local.
double chi_squared_tail(Index freedom, double x);

/// Fraction of the variance of the labeled rows that their batches explain. Equal to principal component regression with
/// all components (Buttner et al. 2019), which does not depend on the components: between-batch over total sum of
/// squares. NaN without variance. Local, equal on all ranks. Cost: 2 n d flops.
double batch_variance(const Space& space, const Labels& batches);

}  // namespace replearn::map_quality
