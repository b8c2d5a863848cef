#pragma once
#include <cmath>

#include "methods/vae/data.hpp"
#include "nn/gather.hpp"

namespace replearn::vae {

template <class Scalar>
void Data::take(std::span<const Index> rows, Cells<Scalar>& cells) const {
  const auto count = static_cast<Index>(rows.size());
  cells.row.clear();
  for (const Index row : rows) cells.row.push_back(static_cast<std::uint64_t>(first_row() + row));
  cells.conditions.setZero(count, conditions_.levels);
  for (Index i = 0; i < count; ++i) {
    for (Index f = 0; f < conditions_.factors; ++f) {
      const auto at = static_cast<std::size_t>(rows[i] * conditions_.factors + f);
      cells.conditions(i, conditions_.of_rows[at]) = 1;
    }
  }
  cells.log_library.clear();
  if (!log_library_.empty()) {
    for (const Index row : rows) cells.log_library.push_back(static_cast<Scalar>(log_library_[row]));
  }
  cells.sparse_input = sparse_input_;
  const bool with_conditions = shape_.encode_conditions && conditions_.factors > 0;
  if (shape_.counts() || sparse_input_) nn::gather(x_, rows, cells.counts);
  if (!shape_.counts() || !sparse_input_) nn::gather(x_, rows, cells.values);
  const auto to_input = [&](Scalar value) {
    if (!shape_.log1p) return value;
    const auto whole = static_cast<std::size_t>(value);
    return shape_.counts() && whole < log1p_.size() ? static_cast<Scalar>(log1p_[whole]) : std::log1p(value);
  };
  if (!sparse_input_) {
    cells.dense_input.resize(count, shape_.encoder_inputs());
    cells.dense_input.leftCols(shape_.genes) = cells.values;
    if (shape_.log1p) {
      for (Index i = 0; i < count; ++i) {
        for (Index at = cells.counts.begin(i); shape_.counts() && at < cells.counts.end(i); ++at) {
          const auto k = static_cast<std::size_t>(at);
          cells.dense_input(i, cells.counts.indices[k]) = to_input(cells.counts.values[k]);
        }
        for (Index j = 0; !shape_.counts() && j < shape_.genes; ++j) {
          cells.dense_input(i, j) = to_input(cells.values(i, j));
        }
      }
    }
    if (with_conditions) cells.dense_input.rightCols(conditions_.levels) = cells.conditions;
    return;
  }
  nn::SparseBatch<Scalar> input;
  input.indices.reserve(cells.counts.indices.size());
  input.values.reserve(cells.counts.indices.size());
  input.columns = shape_.encoder_inputs();
  input.offsets.assign(1, 0);
  input.indices.clear();
  input.values.clear();
  for (Index i = 0; i < count; ++i) {
    for (Index at = cells.counts.begin(i); at < cells.counts.end(i); ++at) {
      input.indices.push_back(cells.counts.indices[at]);
      input.values.push_back(to_input(cells.counts.values[at]));
    }
    for (Index level = 0; with_conditions && level < conditions_.levels; ++level) {
      if (cells.conditions(i, level) == 0) continue;
      input.indices.push_back(static_cast<std::int32_t>(shape_.genes + level));
      input.values.push_back(1);
    }
    input.offsets.push_back(static_cast<Index>(input.indices.size()));
  }
  nn::to_columns(input, cells.stored_input);
}

}  // namespace replearn::vae
