#pragma once
#include <cstddef>
#include <span>

#include "base/index.hpp"
#include "numerics/aligned_array.hpp"

namespace replearn {

/// Gradient steps of logistic scores of pairs of rows, for embeddings that are trained pair by pair:
///
///     maximize  sum_ij log sigma(s_ij x_i . y_j),   s_ij = 1 for a pair that belongs together, -1 for one that does
///     not g_ij = rate (t_j - sigma(x_i . y_j)),  t_j = 1 or 0 x_i += sum_j g_ij y_j,     y_j += sum_i g_ij x_i, both
///     from the values before the step.
///
/// All pairs of some x and some y are one small matrix product each way (Ji et al. 2016, "Parallelizing word2vec in
/// shared and distributed memory"), done in registers; sigma is exact, not a table. Compiled for each instruction set
/// of the processor's family, the best taken at run time; on one instruction set equal input gives equal bits. Local.
///
/// Rows may be shared with other processes that change them meanwhile: each is read once before the step, and added to.
/// A row may stand in a list several times: it gets the sum.
///
/// Cost: 6 m n d flops for m inputs, n outputs of d columns, and 2 (m + n) d reads and writes of rows.
class LogisticUpdates {
 public:
  /// Floats from one row to the next: columns rounded up to a cache line. Rows start on cache lines; what lies behind
  /// their columns is 0 and stays so.
  static constexpr Index stride_of(Index columns) { return ceil_div(columns, 16) * 16; }

  /// Room for so many rows at a time.
  LogisticUpdates(Index columns, Index max_inputs, Index max_outputs);

  /// One step. targets: t_j of each output, 0 or 1.
  void step(std::span<float* const> inputs, std::span<float* const> outputs, std::span<const float> targets,
            float rate);
  /// One step of the mean of the inputs, x = 1/m sum_i x_i: its step is added to each input undivided, as the C program
  /// of word2vec does.
  void step_mean(std::span<float* const> inputs, std::span<float* const> outputs, std::span<const float> targets,
                 float rate);

  /// Sum of -log sigma(s_ij x_i . y_j), as it was before each step, over all steps since the last call; 0 then.
  double take_loss();
  /// Pairs since the last call.
  Index take_pairs();

  /// What the loops of an instruction set work on; for logistic_updates.cpp.
  struct Work {
    Index stride = 0;
    AlignedArray<float> rows;    ///< the inputs as they were
    AlignedArray<float> scores;  ///< x_i . y_j, then g_ij; i-major, as wide as the outputs looked at together
    // The loss so far: log prod (1 + exp(-|x.y|)) + sum max(x.y, 0), lane by lane, - sum of x.y over t = 1.
    AlignedArray<float> factors, positive_parts;
    Index factors_taken = 0;
    double loss = 0;
  };

 private:
  void step_copied(std::span<float* const> inputs, std::span<float* const> outputs, std::span<const float> targets,
                   float rate);
  void fold_loss();
  Work work_;
  AlignedArray<float> mean_step_;
  Index pairs_ = 0, steps_ = 0;
};

}  // namespace replearn
