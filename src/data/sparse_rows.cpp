#include "data/sparse_rows.hpp"

namespace replearn {

DistributedMatrix to_dense(const SparseRows& sparse) {
  DistributedMatrix dense(sparse.partition, sparse.rank, sparse.columns);
  for (Index i = 0; i < sparse.local_rows(); ++i) {
    for (auto at = static_cast<std::size_t>(sparse.offsets[i]);
         at < static_cast<std::size_t>(sparse.offsets[static_cast<std::size_t>(i) + 1]); ++at) {
      dense.local(i, sparse.indices[at]) = sparse.values[at];
    }
  }
  return dense;
}

SparseRows to_sparse(const DistributedMatrix& dense) {
  SparseRows sparse{dense.partition, dense.rank, dense.columns(), {0}, {}, {}};
  for (Index i = 0; i < dense.local_rows(); ++i) {
    for (Index j = 0; j < dense.columns(); ++j) {
      if (const float value = dense.local(i, j); value != 0) {
        sparse.indices.push_back(static_cast<std::int32_t>(j));
        sparse.values.push_back(value);
      }
    }
    sparse.offsets.push_back(static_cast<Index>(sparse.values.size()));
  }
  return sparse;
}

}  // namespace replearn
