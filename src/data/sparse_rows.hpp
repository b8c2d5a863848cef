#pragma once
#include <cstdint>
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn {

/// This rank's rows of a sparse n x columns matrix (CSR). Column indices are strictly ascending within a row.
struct SparseRows {
  RowPartition partition;
  int rank = 0;
  Index columns = 0;                  ///< fewer than 2^31
  std::vector<Index> offsets{0};      ///< local_rows + 1; row i holds [offsets[i], offsets[i + 1])
  std::vector<std::int32_t> indices;  ///< column of each stored value
  std::vector<float> values;

  Index rows() const { return partition.rows(); }
  Index local_rows() const { return static_cast<Index>(offsets.size()) - 1; }
  Index first_row() const { return partition.begin(rank); }
  Index local_nonzeros() const { return offsets.back(); }
};

/// Converts to a dense matrix. Local. For small data and tests.
DistributedMatrix to_dense(const SparseRows& sparse);
/// The nonzeros of a dense matrix. Local.
SparseRows to_sparse(const DistributedMatrix& dense);

}  // namespace replearn
