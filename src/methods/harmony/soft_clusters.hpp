#pragma once
#include <span>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "methods/harmony/groups.hpp"
#include "methods/harmony/options.hpp"

namespace replearn::harmony {

/// The soft k-means of Harmony (Korsunsky et al. 2019, equations 1 to 7): cells on the unit sphere belong to clusters with
/// probabilities R, and a penalty asks that the cells of a cluster come from all batches in proportion:
///
///     sum_ik R_ik 2 (1 - y_k z_i) + sigma R_ik log R_ik + sigma R_ik sum_b theta_b log((O_kb + 1) / (E_kb + 1))
///
/// where O_kb is the number of cells of batch b in cluster k, and E_kb the number expected. Sums of R are integers (fixed
/// point), so that they are equal to the bit on any number of ranks and do not drift.
class SoftClusters {
 public:
  /// points: rows of length 1. centers: K x d, the same on every rank. All ranks; comm and groups must outlive it.
  SoftClusters(const mpi::Communicator& comm, DistributedMatrix points, const Groups& groups, RowMatrix centers,
               const Options& options);

  /// Moves the points (the assignments stay), and the centers to their means.
  void set_points(DistributedMatrix points);
  /// One round: assignments of all cells, in 20 parts drawn by (seed, round, row), each with the numbers O that the parts
  /// before it left; then the centers. Cost: 4 n K d flops and 2 n K exponentials, shared; 20 all-reduces of 8 K bytes
  /// per group. All ranks.
  void update();
  /// At the current points, assignments and centers of the last round.
  double objective() const { return objective_; }

  const RowMatrix& assignments() const { return r_; }  ///< local rows x K
  Index clusters() const { return centers_.rows(); }
  /// Cells of a group in a cluster: the sum of their probabilities.
  double cells(Index cluster, Index group) const;
  double cells(Index cluster) const;

 private:
  void assign_first();
  void scale();
  void assign(const std::vector<Index>& rows, const RowMatrix& factors);
  RowMatrix diversity_factors() const;
  void count(std::span<const Index> rows, Index sign, std::vector<Index>& sums) const;
  void sum_points();
  void center();
  RowMatrixD observed() const;
  RowMatrixD expected() const;
  void evaluate();

  const mpi::Communicator& comm_;
  DistributedMatrix z_;
  const Groups& groups_;
  RowMatrix centers_;
  Options options_;
  std::vector<double> theta_;   // of each level
  RowMatrix r_, scale_;         // local rows x K: R; exp(-distance / sigma), up to a factor per row
  std::vector<double> entropy_;  // of each local row: sum_k R log R
  std::vector<Index> sums_;     // K per group: sums of R in fixed point
  RowMatrixD moments_;          // K x d: sum_i R_ik z_i
  double unit_;                 // of the fixed point
  Index round_ = 0;
  double objective_ = 0;
};

}  // namespace replearn::harmony
