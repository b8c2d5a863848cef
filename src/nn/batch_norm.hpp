#pragma once
#include <vector>

#include "mpi/communicator.hpp"
#include "nn/parameters.hpp"

namespace replearn::nn {

/// Batch normalization (Ioffe and Szegedy 2015) over the batch of all ranks together: for each unit
///
///     mu = mean x,   v = mean (x - mu)^2,   h = (x - mu) / sqrt(v + epsilon),   y = gamma h + beta.
///
/// mu and v depend on every x, so (all means over the rows of all ranks)
///
///     dL/dgamma = sum dy h,   dL/dbeta = sum dy,
///     dL/dx = gamma / sqrt(v + epsilon) * (dy - mean dy - h mean(dy h)).
///
/// Running mean and variance (of n - 1, as PyTorch keeps it) move by `momentum` a batch and serve afterwards.
template <class Scalar>
class BatchNorm {
 public:
  BatchNorm() = default;
  BatchNorm(Parameters<Scalar>& parameters, const std::string& name, Index units, double momentum = 0.1,
            double epsilon = 1e-5);
  Slice gamma, beta;
  /// The piece of the flat array that backward has finished.
  Slice whole() const { return {gamma.offset, 1, gamma.size() + beta.size()}; }

  /// y of a training batch; x and y may be the same. Keeps h for backward. All ranks, one reduction of 16 units + 8
  /// bytes; ranks may have no rows, all together must have two. moves_running: whether the running figures move, which
  /// they should not by a batch that is not of the kind that they will serve.
  void forward(const mpi::Communicator& comm, const Parameters<Scalar>& parameters, ConstBatchRef<Scalar> x,
               BatchRef<Scalar> y, bool moves_running = true);
  /// dy becomes dx. All ranks, one reduction of 16 units bytes. This rank's share of the gradients is added.
  void backward(const mpi::Communicator& comm, Parameters<Scalar>& parameters, BatchRef<Scalar> dy);
  /// y by the running statistics. Local.
  void apply(const Parameters<Scalar>& parameters, ConstBatchRef<Scalar> x, BatchRef<Scalar> y) const;

  std::vector<double> running_mean, running_variance;  ///< state: belongs in a checkpoint; the same on every rank

 private:
  double momentum_ = 0.1, epsilon_ = 1e-5, count_ = 0;
  Batch<Scalar> normalized_;
  Eigen::Array<Scalar, 1, Eigen::Dynamic> inverse_deviation_;
};

}  // namespace replearn::nn
