#pragma once
#include <cstddef>
#include <span>

#include "base/index.hpp"
#include "numerics/aligned_array.hpp"

namespace replearn::word2vec {

/// Gradient steps of the logistic loss on pairs of rows, for embeddings trained on pairs:
///
///     maximize  sum_ij log sigma(s_ij x_i . y_j),   s_ij = 1 for a positive pair, -1 for a negative one
///     g_ij = rate (t_j - sigma(x_i . y_j)),   t_j = 1 or 0
///     x_i += sum_j g_ij y_j,   y_j += sum_i g_ij x_i
///
/// Both updates use the values before the step.
///
/// All pairs of some x and some y form small matrix products (Ji et al. 2016, "Parallelizing word2vec in shared and
/// distributed memory"), computed in registers; sigma is computed, not tabulated. Compiled for each instruction set,
/// the best being selected at run time; results are reproducible on one instruction set. Local.
///
/// Rows may be modified concurrently by other processes: each is read once before the step and then added to. A row may
/// occur several times in a list and then receives the sum of its updates.
///
/// Cost: 6 m n d flops for m inputs, n outputs of d columns, and 2 (m + n) d reads and writes of rows.
class LogisticUpdates {
 public:
  /// Distance between rows in floats: columns rounded up to a cache line. Rows are aligned to cache lines; padding is 0
  /// and stays 0.
  static constexpr Index stride_of(Index columns) { return ceil_div(columns, 16) * 16; }

  /// Allocates memory for this number of rows at a time.
  LogisticUpdates(Index columns, Index max_inputs, Index max_outputs);

  /// Performs one step. targets: t_j of each output, 0 or 1.
  void step(std::span<float* const> inputs, std::span<float* const> outputs, std::span<const float> targets,
            float rate);
  /// Performs one step of the mean of the inputs, x = 1/m sum_i x_i; its update is added undivided to each input, as in
  /// the C program of word2vec.
  void step_mean(std::span<float* const> inputs, std::span<float* const> outputs, std::span<const float> targets,
                 float rate);

  /// Sum of -log sigma(s_ij x_i . y_j) before each step, over all steps since the last call; resets it to 0.
  double take_loss();
  /// Number of pairs since the last call.
  Index take_pairs();

  /// Working memory of the kernels; for logistic_kernel.cpp.
  struct Work {
    Index stride = 0;
    AlignedArray<float> rows;    ///< the inputs before the step
    AlignedArray<float> scores;  ///< x_i . y_j, then g_ij; i-major, with as many columns as outputs processed together
    // The accumulated loss: log prod (1 + exp(-|x.y|)) + sum max(x.y, 0), per lane, minus the sum of x.y over t = 1.
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

}  // namespace replearn::word2vec
