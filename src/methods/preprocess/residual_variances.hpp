#pragma once
#include <vector>

#include "methods/preprocess/batch_moments.hpp"
#include "methods/preprocess/pearson_residuals.hpp"

namespace replearn::preprocess {

/// Variances of the Pearson residuals of each gene in each batch, over all of its cells. Most counts are 0, and cells
/// with equal totals have equal residuals there: the sums are those of all residuals of 0, by distinct total and gene,
/// corrected for the counts that are not 0. The first is dealt out to the ranks by genes.
class ResidualVariances {
 public:
  /// sums: first() are sums of the counts. clip 0: the default for the first batch, for every batch (as in Scanpy).
  ResidualVariances(const ValueRanges& ranges, const BatchSums& sums, const Batches& batches, double theta,
                    double clip);
  /// Adds cells with their counts. Local.
  void add(const Matrix& block, std::span<const std::int32_t> batch_of_row);
  /// One entry per batch and gene; 0 for a gene without counts. Collective. Cost: (distinct totals) x m / ranks
  /// residuals and 16 bytes per distinct total and 32 bytes per batch and gene of messages.
  std::vector<double> reduce(const mpi::Communicator& comm);

 private:
  struct CellTotal {
    std::int64_t batch;
    double total;
    std::int64_t cells;
  };
  void add_zeros(const mpi::Communicator& comm, std::vector<double>& sums, std::vector<double>& squares) const;
  void merge_totals();

  const Batches& batches_;
  Index genes_;
  std::vector<PearsonModel> models_;  // one per batch
  std::vector<CellTotal> totals_;     // of the cells added so far; merge_totals() combines equal ones
  BatchSums corrections_;
};

}  // namespace replearn::preprocess
