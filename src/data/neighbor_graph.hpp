#pragma once
#include <vector>

#include "data/row_partition.hpp"

namespace replearn {

/// The nearest other rows of each local row, by ascending distance, ties by ascending index. A row is not its own
/// neighbor. Rows may have different numbers of neighbors (graphs read from files); computed graphs have k each.
struct NeighborGraph {
  RowPartition partition;
  int rank = 0;
  std::vector<Index> offsets{0};  ///< local_rows + 1
  std::vector<Index> indices;     ///< global row of each neighbor
  std::vector<float> distances;   ///< >= 0

  Index rows() const { return partition.rows(); }
  Index local_rows() const { return static_cast<Index>(offsets.size()) - 1; }
  Index first_row() const { return partition.begin(rank); }
};

}  // namespace replearn
