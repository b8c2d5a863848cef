#pragma once
#include "nn/gather.hpp"

namespace replearn::nn {

template <class Scalar>
void gather(const Matrix& x, std::span<const Index> rows, SparseBatch<Scalar>& batch) {
  batch.columns = columns(x);
  batch.offsets.assign(1, 0);
  batch.indices.clear();
  batch.values.clear();
  const auto end_row = [&] { batch.offsets.push_back(static_cast<Index>(batch.indices.size())); };
  if (const auto* sparse = std::get_if<SparseRows>(&x)) {
    for (const Index row : rows) {
      const auto begin = sparse->offsets[row];
      const auto end = sparse->offsets[static_cast<std::size_t>(row) + 1];
      for (Index at = begin; at < end; ++at) {
        const float value = sparse->values[at];
        if (value == 0) continue;
        batch.indices.push_back(sparse->indices[at]);
        batch.values.push_back(static_cast<Scalar>(value));
      }
      end_row();
    }
    return;
  }
  const auto& local = std::get<DistributedMatrix>(x).local;
  for (const Index row : rows) {
    for (Index j = 0; j < local.cols(); ++j) {
      if (local(row, j) == 0) continue;
      batch.indices.push_back(static_cast<std::int32_t>(j));
      batch.values.push_back(static_cast<Scalar>(local(row, j)));
    }
    end_row();
  }
}

template <class Scalar>
void gather(const Matrix& x, std::span<const Index> rows, Batch<Scalar>& batch) {
  const auto count = static_cast<Index>(rows.size());
  if (const auto* sparse = std::get_if<SparseRows>(&x)) {
    batch.setZero(count, sparse->columns);
    for (Index i = 0; i < count; ++i) {
      const auto row = static_cast<std::size_t>(rows[i]);
      for (auto at = static_cast<std::size_t>(sparse->offsets[row]);
           at < static_cast<std::size_t>(sparse->offsets[row + 1]); ++at) {
        batch(i, sparse->indices[at]) = static_cast<Scalar>(sparse->values[at]);
      }
    }
    return;
  }
  const auto& local = std::get<DistributedMatrix>(x).local;
  batch.resize(count, local.cols());
  for (Index i = 0; i < count; ++i) {
    batch.row(i) = local.row(rows[i]).template cast<Scalar>();
  }
}

}  // namespace replearn::nn
