#pragma once
#include <cstdint>
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn::sammon {

/// The points of a map and their order: a subset of the rows, each representing itself and its duplicates.
class PointOrder {
 public:
  /// All n rows in their own order.
  explicit PointOrder(const RowPartition& rows) : rows_(rows), points_(rows) {}
  /// first_duplicate: for each row the one that represents it (first_duplicates()); empty: each represents itself.
  /// shuffled: in random order, by (seed, row). Local.
  PointOrder(const RowPartition& rows, const std::vector<Index>& first_duplicate, bool shuffled, std::uint64_t seed);

  bool is_identity() const { return source_.empty(); }
  const RowPartition& rows() const { return rows_; }
  const RowPartition& points() const { return points_; }
  /// The row of each point; empty if is_identity().
  const std::vector<Index>& source() const { return source_; }

  /// Converts local rows to local points. All ranks; gathers the whole matrix.
  RowMatrix to_points(const mpi::Communicator& comm, const RowMatrix& my_rows) const;
  /// Converts local points to local rows. All ranks; gathers the whole matrix.
  RowMatrixD to_rows(const mpi::Communicator& comm, const RowMatrixD& my_points) const;
  /// Sums over the rows that each point represents, from local rows to local points. All ranks.
  std::vector<float> sum_to_points(const mpi::Communicator& comm, const std::vector<float>& my_rows) const;

 private:
  RowPartition rows_, points_;
  std::vector<Index> source_;    // row of each point
  std::vector<Index> point_of_;  // point of each row
};

}  // namespace replearn::sammon
