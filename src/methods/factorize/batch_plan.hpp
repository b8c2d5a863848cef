#pragma once
#include "methods/factorize/training_data.hpp"

namespace replearn::factorize {

/// The part of a step's batch that a rank processes.
struct StepBatch {
  std::vector<Index> samples;  ///< local rows in the batch, counted from the first local row, ascending
  std::vector<Index> genes;    ///< ascending; the same on every rank
  Entries<float> entries;      ///< the entries at these samples and genes
};

/// The entries of each step, chosen by (seed, step) over the whole matrix, regardless of the number of ranks. See
/// README.md, "Batches".
class BatchPlan {
 public:
  BatchPlan(const TrainingData& data, const Options& options);
  Index steps_per_epoch() const { return steps_per_epoch_; }
  /// The batch of a step. Local: ranks may request different steps. Cost: O(n / p + m) at the first step of an epoch;
  /// then the size of the batch, and for pairs 10 ns each on every rank.
  const StepBatch& at(Index step);

 private:
  void begin_epoch(Index epoch);
  void take_block(Index step);
  void draw_pairs(Index step);

  const TrainingData& data_;
  std::uint64_t seed_;
  BatchKind kind_;
  Index sample_blocks_ = 1, gene_blocks_ = 1, pairs_ = 0, steps_per_epoch_ = 1, epoch_ = -1;
  std::vector<std::vector<Index>> rows_of_block_;  // local rows of each block
  std::vector<Index> genes_;                       // in the order of this epoch
  std::vector<std::uint32_t> order_;    // order of the epoch's steps: sample block * gene_blocks_ + gene block
  std::vector<std::int32_t> place_of_;  // position of each gene in the batch, or -1
  StepBatch batch_;
};

}  // namespace replearn::factorize
