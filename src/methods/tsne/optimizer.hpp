#pragma once
#include "data/named_arrays.hpp"

namespace replearn::tsne {

/// Gradient descent with momentum and one gain per coordinate (Jacobs 1988, "delta-bar-delta"), with openTSNE's update
/// rule. Holds the state of the local rows. Local.
class Optimizer {
 public:
  Optimizer(Index local_rows, Index dimensions);

  struct Rates {
    double learning_rate, momentum;
    double max_step_norm;    ///< 0: no limit
    double min_gain = 0.01;  ///< openTSNE's: added to a shrinking gain, not a bound
  };
  /// Moves the local points. A gain grows by 0.2 where the last step and the gradient have opposite signs (the step
  /// went downhill); otherwise it becomes gain * 0.8 + min_gain, and so stays above 5 times min_gain. Then step =
  /// momentum * step - learning_rate * gain * gradient, shortened to max_step_norm.
  void move(RowMatrix& points, const RowMatrixD& gradient, const Rates& rates);

  /// Last steps and gains, for a checkpoint. partition: of the points.
  NamedArrays arrays(const RowPartition& partition) {
    return {{"optimizer/steps", &steps_, partition}, {"optimizer/gains", &gains_, partition}};
  }

 private:
  RowMatrix steps_, gains_;  // local_rows x q
};

/// Subtracts the mean of all n x q points from the local rows. The mean is summed block by block, so it is the same to
/// the bit on any number of ranks. All ranks; gathers 8 q bytes per block.
void center(const mpi::Communicator& comm, const RowPartition& partition, RowMatrix& mine);

}  // namespace replearn::tsne
