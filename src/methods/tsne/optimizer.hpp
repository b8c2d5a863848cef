#pragma once
#include "data/named_arrays.hpp"

namespace replearn::tsne {

/// Gradient descent with momentum and a gain for each coordinate (Jacobs 1988, "delta-bar-delta"), by openTSNE's rule.
/// The state of my rows. Local.
class Optimizer {
 public:
  Optimizer(Index local_rows, Index dimensions);

  struct Rates {
    double learning_rate, momentum;
    double max_step_norm;    ///< 0: no limit
    double min_gain = 0.01;  ///< openTSNE's: added, not a bound
  };
  /// Moves my points. gain: + 0.2 where the last step and the gradient point different ways (the step went downhill
  /// already), else * 0.8 + min_gain, so never below 5 times that for long; step = momentum * step - learning_rate *
  /// gain * gradient, shortened to max_step_norm.
  void move(RowMatrix& points, const RowMatrixD& gradient, const Rates& rates);

  /// Last steps and gains. partition: of the points.
  NamedArrays arrays(const RowPartition& partition) {
    return {{"optimizer/steps", &steps_, partition}, {"optimizer/gains", &gains_, partition}};
  }

 private:
  RowMatrix steps_, gains_;  // local_rows x q
};

/// Subtracts from my rows of n x q points the mean of all: summed block by block, so the same to the bit on any number
/// of ranks. All ranks; gathers 8 q bytes a block.
void center(const mpi::Communicator& comm, const RowPartition& partition, RowMatrix& mine);

}  // namespace replearn::tsne
