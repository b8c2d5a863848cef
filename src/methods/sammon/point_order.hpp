#pragma once
#include <cstdint>
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn::sammon {

/// Which points a map is made of, and in which order: some of the rows, each standing for itself and for its twins.
class PointOrder {
 public:
  /// All n rows as they are.
  explicit PointOrder(const RowPartition& rows) : rows_(rows), points_(rows) {}
  /// first_twin: for each row the one that stands for it (first_duplicates()); empty: each stands for itself.
  /// shuffled: in random order, by (seed, row). Local.
  PointOrder(const RowPartition& rows, const std::vector<Index>& first_twin, bool shuffled, std::uint64_t seed);

  bool is_identity() const { return source_.empty(); }
  const RowPartition& rows() const { return rows_; }
  const RowPartition& points() const { return points_; }
  /// The row of each point; empty if is_identity().
  const std::vector<Index>& source() const { return source_; }

  /// My points of what each rank holds of its rows. All ranks; gathers the whole.
  RowMatrix to_points(const mpi::Communicator& comm, const RowMatrix& my_rows) const;
  /// My rows of what each rank holds of its points. All ranks; gathers the whole.
  RowMatrixD to_rows(const mpi::Communicator& comm, const RowMatrixD& my_points) const;
  /// What the rows that a point stands for add up to: of my rows to my points. All ranks.
  std::vector<float> sum_to_points(const mpi::Communicator& comm, const std::vector<float>& my_rows) const;

 private:
  RowPartition rows_, points_;
  std::vector<Index> source_;    // of each point its row
  std::vector<Index> point_of_;  // of each row its point
};

}  // namespace replearn::sammon
