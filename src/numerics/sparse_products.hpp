#pragma once
#include <algorithm>
#include <vector>

#include "data/sparse_rows.hpp"

namespace replearn {

/// A dense factor or product of a sparse matrix. Rows are padded with zeros to a multiple of 64 bytes, so that loops
/// over a row have no remainder.
template <class Scalar>
struct PaddedRows {
  static constexpr Index lanes = 64 / static_cast<Index>(sizeof(Scalar));
  Index width = 0;  ///< a multiple of `lanes`
  std::vector<Scalar> values;

  PaddedRows(Index rows, Index columns)
      : width(ceil_div(columns, lanes) * lanes), values(static_cast<std::size_t>(rows * width), Scalar{0}) {}
  Scalar* row(Index i) { return values.data() + i * width; }
  const Scalar* row(Index i) const { return values.data() + i * width; }
};

namespace detail {
/// out[0 .. Lanes) = sum over the row's entries of value * right(column, 0 .. Lanes), kept in registers.
template <Index Lanes, class Scalar>
void sparse_row_times(const std::int32_t* columns, const float* values, Index count, const Scalar* right, Index width,
                      Scalar* out) {
  Scalar sums[Lanes] = {};
  for (Index at = 0; at < count; ++at) {
    const Scalar value = static_cast<Scalar>(values[at]);
    const Scalar* from = right + Index{columns[at]} * width;
#pragma omp simd
    for (Index t = 0; t < Lanes; ++t) sums[t] += value * from[t];
  }
  std::copy(sums, sums + Lanes, out);
}
}  // namespace detail

/// out (right.width numbers) = row i of the sparse matrix times `right` (m rows). Local. 2 width flops per entry.
template <class Scalar>
void sparse_row_times(const SparseRows& x, Index i, const PaddedRows<Scalar>& right, Scalar* out) {
  constexpr Index few = PaddedRows<Scalar>::lanes, many = 4 * few;
  const Index begin = x.offsets[i], count = x.offsets[static_cast<std::size_t>(i) + 1] - begin;
  const std::int32_t* columns = x.indices.data() + begin;
  const float* values = x.values.data() + begin;
  Index t = 0;
  for (; t + many <= right.width; t += many) {
    detail::sparse_row_times<many>(columns, values, count, right.values.data() + t, right.width, out + t);
  }
  for (; t < right.width; t += few) {
    detail::sparse_row_times<few>(columns, values, count, right.values.data() + t, right.width, out + t);
  }
}

/// Adds row i of the sparse matrix, transposed, times `row` (sum.width numbers) to `sum` (m rows). Local.
template <class Scalar>
void add_transposed_row(const SparseRows& x, Index i, const Scalar* row, PaddedRows<Scalar>& sum) {
  const auto begin = static_cast<std::size_t>(x.offsets[i]);
  const auto end = static_cast<std::size_t>(x.offsets[static_cast<std::size_t>(i) + 1]);
  for (std::size_t at = begin; at < end; ++at) {
    const Scalar value = static_cast<Scalar>(x.values[at]);
    Scalar* to = sum.row(x.indices[at]);
#pragma omp simd
    for (Index t = 0; t < sum.width; ++t) to[t] += value * row[t];
  }
}

}  // namespace replearn
