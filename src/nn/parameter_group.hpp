#pragma once
#include <optional>
#include <string>

#include "data/named_arrays.hpp"
#include "nn/gradient_sum.hpp"
#include "nn/optimizer.hpp"

namespace replearn::nn {

/// Parameters that are updated by one optimizer, with all that belongs to them in training: gradients, moments, the
/// best values so far and the entries of a checkpoint. Either the weights of a network or a matrix of embeddings.
class ParameterGroup {
 public:
  /// The weights of a network, the same on every rank. Each rank updates its part of them, see GradientSum. All ranks;
  /// comm and weights must outlive the group.
  ParameterGroup(const mpi::Communicator& comm, std::string name, Parameters<float>& weights, Sharding sharding,
                 const OptimizerOptions& options);
  /// Embeddings and their gradients, matrices of the same shape. rows: the partition of their rows over the ranks, each
  /// of which updates its own; none: the same on every rank. Both must outlive the group and keep their memory.
  ParameterGroup(const mpi::Communicator& comm, std::string name, RowMatrix& embeddings, RowMatrix& gradients,
                 std::optional<RowPartition> rows, const OptimizerOptions& options);

  /// Of a network only: sums its gradient over ranks.
  GradientSum<float>& gradient_sum() { return *gradient_sum_; }
  /// What this rank updates.
  std::span<float> values();
  std::span<const float> gradients() const;
  /// Squared norm of the gradient over all ranks, the same on every rank. All ranks.
  double squared_norm() const;
  /// One step of the optimizer; all ranks then have the new weights. All ranks.
  void update(double rate_factor, double gradient_scale);
  Index updates() const { return optimizer_.steps(); }

  void save_best();
  /// Returns to the values of the last save_best(). All ranks.
  void restore_best();

  /// Values, number of updates, moments and, if requested, best values, as copies that release() frees: each rank needs
  /// only its part of them. resume() continues from the restored copies. All ranks.
  NamedArrays arrays(bool with_best);
  void resume(bool with_best);
  void release() { copies_ = {}; }

 private:
  /// Converts between the part of this rank and what a checkpoint holds: all weights of a network in one row; the local
  /// rows of embeddings.
  RowMatrix stored(std::span<const float> mine) const;
  std::span<const float> shard_of(const RowMatrix& stored) const;

  const mpi::Communicator& comm_;
  std::string name_;
  std::optional<GradientSum<float>> gradient_sum_;  // of a network
  RowMatrix *embeddings_ = nullptr, *gradients_ = nullptr;
  std::optional<RowPartition> rows_;
  Optimizer<float> optimizer_;
  std::vector<float> best_;
  struct Copies {
    RowMatrix values, first_moment, second_moment, best;
    Index updates = 0;
  } copies_;
};

}  // namespace replearn::nn
