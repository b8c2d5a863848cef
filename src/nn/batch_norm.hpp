#pragma once
#include <vector>

#include "mpi/communicator.hpp"
#include "nn/parameters.hpp"

namespace replearn::nn {

/// Batch normalization (Ioffe and Szegedy 2015) over the global batch of all ranks; for each unit
///
///     mu = mean x,   v = mean (x - mu)^2,   h = (x - mu) / sqrt(v + epsilon),   y = gamma h + beta.
///
/// Since mu and v depend on every x (all means over the rows of all ranks),
///
///     dL/dgamma = sum dy h,   dL/dbeta = sum dy,
///     dL/dx = gamma / sqrt(v + epsilon) * (dy - mean dy - h mean(dy h)).
///
/// Running mean and variance (with n - 1, as in PyTorch) are updated with `momentum` per batch and used for evaluation.
template <class Scalar>
class BatchNorm {
 public:
  BatchNorm() = default;
  BatchNorm(Parameters<Scalar>& parameters, const std::string& name, Index units, double momentum = 0.1,
            double epsilon = 1e-5);
  Slice gamma, beta;
  /// The slice of the flat array completed by backward.
  Slice whole() const { return {gamma.offset, 1, gamma.size() + beta.size()}; }

  /// Computes y for a training batch; x and y may alias. Stores h for backward. All ranks, one reduction of 16 units +
  /// 8 bytes; individual ranks may have no rows, but the global batch needs two. moves_running: whether to update the
  /// running statistics, which must be false for batches from another distribution than in evaluation.
  void forward(const mpi::Communicator& comm, const Parameters<Scalar>& parameters, ConstBatchRef<Scalar> x,
               BatchRef<Scalar> y, bool moves_running = true);
  /// dy becomes dx. All ranks, one reduction of 16 units bytes. Adds this rank's contribution to the gradients.
  void backward(const mpi::Communicator& comm, Parameters<Scalar>& parameters, BatchRef<Scalar> dy);
  /// Computes y with the running statistics. Local.
  void apply(const Parameters<Scalar>& parameters, ConstBatchRef<Scalar> x, BatchRef<Scalar> y) const;

  std::vector<double> running_mean, running_variance;  ///< state, saved in checkpoints; identical on every rank

 private:
  double momentum_ = 0.1, epsilon_ = 1e-5, count_ = 0;
  Batch<Scalar> normalized_;
  Eigen::Array<Scalar, 1, Eigen::Dynamic> inverse_deviation_;
};

}  // namespace replearn::nn
