#pragma once
#include <deque>

#include "methods/sammon/arrays.hpp"

namespace replearn::sammon {

/// Dot product over the rows of all ranks, equal to the bit on any number of them. All ranks.
double dot(const mpi::Communicator& comm, const RowPartition& partition, const RowMatrixD& a, const RowMatrixD& b);

/// The history of limited-memory BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.4), rows distributed.
class Lbfgs {
 public:
  Lbfgs(const mpi::Communicator& comm, const RowPartition& partition) : comm_(comm), partition_(partition) {}

  /// Descent direction -H g, where H is the inverse Hessian approximated from the stored pairs, starting from the
  /// diagonal `inverse`. All ranks; at most 4 dot products per stored pair.
  RowMatrixD direction(const RowMatrixD& gradient, const RowMatrixD& inverse) const;
  /// Stores a step and the change of the gradient along it, if the curvature between them is positive. All ranks.
  void remember(RowMatrixD step, RowMatrixD change);
  void forget() { pairs_.clear(); }
  bool empty() const { return pairs_.empty(); }
  void put_into(Arrays& arrays) const;
  void take_from(const Arrays& arrays);

 private:
  struct Pair {
    RowMatrixD step, change;
    double curvature;  // dot product of step and change
  };
  static constexpr std::size_t max_pairs = 10;
  const mpi::Communicator& comm_;
  const RowPartition& partition_;
  std::deque<Pair> pairs_;
};

}  // namespace replearn::sammon
