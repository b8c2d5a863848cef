#pragma once
#include "methods/factorize/training_data.hpp"

namespace replearn::factorize {

/// What a rank works on in one step.
struct StepBatch {
  std::vector<Index> samples;  ///< my rows of it, counted from my first, ascending
  std::vector<Index> genes;    ///< ascending; the same on every rank
  Entries<float> entries;      ///< of those
};

/// Which entries each step takes, by (seed, step) over the whole matrix, whatever the number of ranks.
///
/// Blocks. The n rows are cut into S strata of about n / S neighboring rows; in every epoch each stratum deals its
/// rows out to the steps' blocks at random, one to each. So a block has S samples from everywhere, each sample comes
/// once in a round, and each rank, which owns neighboring rows, has its share of every block: 4 strata of 3 rows, 2
/// ranks,
///
///     rows      0 1 2 | 3 4 5 | 6 7 8 | 9 10 11
///     block of  2 0 1 | 1 0 2 | 0 1 2 | 1  2  0        block 0: rows 1 4 6 11, two of them of each rank
///
/// The m genes are shuffled anew every epoch and cut into blocks; the steps of an epoch are all pairs of a block of
/// samples and one of genes, in random order: each entry comes once.
///
/// Pairs. The entries, numbered row by row, are cut into as many strata as a step has pairs, and one entry is drawn
/// from each: any entry is as likely as any other, each rank has its share, and rows come in order.
class BatchPlan {
 public:
  BatchPlan(const TrainingData& data, const Options& options);
  Index steps_per_epoch() const { return steps_per_epoch_; }
  /// The batch of a step. Local: ranks need not ask for the same steps. Cost: O(n / p + m) at the first step of an
  /// epoch; then the batch, and for pairs 10 ns each on every rank.
  const StepBatch& at(Index step);

 private:
  void begin_epoch(Index epoch);
  void take_block(Index step);
  void draw_pairs(Index step);

  const TrainingData& data_;
  std::uint64_t seed_;
  BatchKind kind_;
  Index sample_blocks_ = 1, gene_blocks_ = 1, pairs_ = 0, steps_per_epoch_ = 1, epoch_ = -1;
  std::vector<std::vector<Index>> rows_of_block_;  // mine
  std::vector<Index> genes_;                       // in this epoch's order
  std::vector<std::uint32_t> order_;               // of the epoch's steps: sample block * gene_blocks_ + gene block
  std::vector<std::int32_t> place_of_;             // of each gene in the batch, or -1
  StepBatch batch_;
};

}  // namespace replearn::factorize
