#pragma once
#include <algorithm>

#include "nn/linear.hpp"

namespace replearn::nn {

/// A sparse batch in column order (CSC).
template <class Scalar>
struct SparseColumns {
  Index rows = 0;
  std::vector<Index> offsets{0};  ///< columns + 1
  std::vector<std::int32_t> row;  ///< row of each entry, ascending within a column
  std::vector<Scalar> values;
};

/// Converts a sparse batch to column order. Local.
template <class Scalar>
void to_columns(const SparseBatch<Scalar>& x, SparseColumns<Scalar>& columns) {
  columns.rows = x.rows();
  columns.offsets.assign(static_cast<std::size_t>(x.columns) + 1, 0);
  columns.row.resize(x.indices.size());
  columns.values.resize(x.indices.size());
  for (const std::int32_t column : x.indices) ++columns.offsets[static_cast<std::size_t>(column) + 1];
  for (std::size_t j = 1; j < columns.offsets.size(); ++j) columns.offsets[j] += columns.offsets[j - 1];
  for (Index i = 0; i < x.rows(); ++i) {
    for (auto at = static_cast<std::size_t>(x.begin(i)); at < static_cast<std::size_t>(x.end(i)); ++at) {
      const auto to = static_cast<std::size_t>(columns.offsets[x.indices[at]]++);
      columns.row[to] = static_cast<std::int32_t>(i);
      columns.values[to] = x.values[at];
    }
  }
  std::move_backward(columns.offsets.begin(), columns.offsets.end() - 1, columns.offsets.end());
  columns.offsets.front() = 0;
}

/// First layer of a network on sparse data: y = x W + b, W: inputs x outputs, the transpose of Linear's layout, so that
/// the weights of an input are contiguous. Sparse batches are in column order: the weights of each input are read once
/// per batch, sequentially, with 2 outputs flops per entry; the gradient dL/dW = x' dy works likewise. There is no
/// gradient with respect to x, which is data. Dense batches use a matrix product. Local.
template <class Scalar>
struct InputLayer {
  Slice weight, bias;

  InputLayer() = default;
  InputLayer(Parameters<Scalar>& parameters, const std::string& name, Index inputs, Index outputs)
      : weight(parameters.add(name + ".weight", inputs, outputs)), bias(parameters.add(name + ".bias", 1, outputs)) {}
  Index inputs() const { return weight.rows; }
  Index outputs() const { return weight.columns; }
  Slice whole() const { return {weight.offset, 1, weight.size() + bias.size()}; }

  void forward(const Parameters<Scalar>& parameters, ConstBatchRef<Scalar> x, BatchRef<Scalar> y) const {
    product<Scalar>(x, parameters.matrix(weight), y);
    y.rowwise() += parameters.matrix(bias).row(0);
  }
  void forward(const Parameters<Scalar>& parameters, const SparseColumns<Scalar>& x, BatchRef<Scalar> y) const {
    y.rowwise() = parameters.matrix(bias).row(0);
    const Scalar* w = parameters.matrix(weight).data();
    const Index n = outputs();
    each_entry(x, [&](Index column, Index row, Scalar value) {
      const Scalar* from = w + column * n;
      Scalar* to = row_of(y, row);
#pragma omp simd
      for (Index t = 0; t < n; ++t) to[t] += value * from[t];
    });
  }

  void backward_parameters(Parameters<Scalar>& parameters, ConstBatchRef<Scalar> x, ConstBatchRef<Scalar> dy) const {
    add_transposed_product<Scalar>(x, dy, parameters.gradient(weight));
    add_column_sums<Scalar>(dy, parameters.gradient(bias));
  }
  void backward_parameters(Parameters<Scalar>& parameters, const SparseColumns<Scalar>& x,
                           ConstBatchRef<Scalar> dy) const {
    Scalar* dw = parameters.gradient(weight).data();
    const Index n = outputs();
    each_entry(x, [&](Index column, Index row, Scalar value) {
      const Scalar* from = row_of(dy, row);
      Scalar* to = dw + column * n;
#pragma omp simd
      for (Index t = 0; t < n; ++t) to[t] += value * from[t];
    });
    add_column_sums<Scalar>(dy, parameters.gradient(bias));
  }

 private:
  template <class F>
  static void each_entry(const SparseColumns<Scalar>& x, const F& f) {
    const auto columns = static_cast<Index>(x.offsets.size()) - 1;
    for (Index j = 0; j < columns; ++j) {
      for (Index at = x.offsets[j]; at < x.offsets[static_cast<std::size_t>(j) + 1]; ++at) {
        const auto k = static_cast<std::size_t>(at);
        f(j, Index{x.row[k]}, x.values[k]);
      }
    }
  }
};

}  // namespace replearn::nn
