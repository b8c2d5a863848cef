#pragma once
#include <string>
#include <vector>

#include "data/named_arrays.hpp"

namespace replearn::sammon {

/// Dot product over the rows of all ranks, equal to the bit on any number of them. All ranks.
double dot(const mpi::Communicator& comm, const RowPartition& partition, const RowMatrixD& a, const RowMatrixD& b);

/// The history of limited-memory BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.4), rows distributed.
class LbfgsMemory {
 public:
  /// Both arguments must outlive it.
  LbfgsMemory(const mpi::Communicator& comm, const RowPartition& partition) : comm_(comm), partition_(partition) {}

  /// Descent direction -H g, where H is the inverse Hessian approximated from the stored pairs, starting from the
  /// diagonal `inverse`. All ranks; at most 4 dot products per stored pair.
  RowMatrixD direction(const RowMatrixD& gradient, const RowMatrixD& inverse) const;
  /// Stores a step and the change of the gradient along it, if the curvature between them is positive. All ranks.
  void remember(RowMatrixD step, RowMatrixD change);
  void forget();
  bool empty() const { return steps_.empty(); }
  /// State for a checkpoint, under names that begin with `prefix`.
  NamedArrays arrays(const std::string& prefix);

 private:
  const mpi::Communicator& comm_;
  const RowPartition& partition_;
  // Of each pair, oldest first: the step, the change of the gradient, and their dot product.
  std::vector<RowMatrixD> steps_, changes_;
  std::vector<double> curvatures_;
};

}  // namespace replearn::sammon
