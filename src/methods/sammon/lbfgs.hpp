#pragma once
#include <deque>

#include "methods/sammon/arrays.hpp"

namespace replearn::sammon {

/// a . b over all rows of all ranks, equal to the bit on any number of them. All ranks.
double dot(const mpi::Communicator& comm, const RowPartition& partition, const RowMatrixD& a, const RowMatrixD& b);

/// The memory of limited-memory BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.4), rows distributed.
class Lbfgs {
 public:
  Lbfgs(const mpi::Communicator& comm, const RowPartition& partition) : comm_(comm), partition_(partition) {}

  /// -H g, where H is the inverse Hessian that the remembered pairs tell of, begun from the diagonal `inverse`.
  /// All ranks; 4 dot products a remembered pair at most.
  RowMatrixD direction(const RowMatrixD& gradient, const RowMatrixD& inverse) const;
  /// Remembers a step and the change of gradient along it, if the curvature between them is positive. All ranks.
  void remember(RowMatrixD step, RowMatrixD change);
  void forget() { pairs_.clear(); }
  bool empty() const { return pairs_.empty(); }
  void put_into(Arrays& arrays) const;
  void take_from(const Arrays& arrays);

 private:
  struct Pair {
    RowMatrixD step, change;
    double curvature;  // step . change
  };
  static constexpr std::size_t max_pairs = 10;
  const mpi::Communicator& comm_;
  const RowPartition& partition_;
  std::deque<Pair> pairs_;
};

}  // namespace replearn::sammon
