#include "methods/vae/data.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/log.hpp"
#include "mpi/collectives.hpp"
#include "nn/minibatch.hpp"

namespace replearn::vae {
namespace {

/// Above this density the encoder's first layer is faster as a dense matrix product.
constexpr double dense_from = 0.2;

/// Calls f(local row, column, value) for all nonzero entries.
template <class F>
void each_nonzero(const Matrix& x, F f) {
  if (const auto* sparse = std::get_if<SparseRows>(&x)) {
    for (Index i = 0; i < sparse->local_rows(); ++i) {
      for (auto at = static_cast<std::size_t>(sparse->offsets[static_cast<std::size_t>(i)]);
           at < static_cast<std::size_t>(sparse->offsets[static_cast<std::size_t>(i) + 1]); ++at) {
        if (sparse->values[at] != 0) f(i, Index{sparse->indices[at]}, sparse->values[at]);
      }
    }
    return;
  }
  const auto& local = std::get<DistributedMatrix>(x).local;
  for (Index i = 0; i < local.rows(); ++i) {
    for (Index j = 0; j < local.cols(); ++j) {
      if (local(i, j) != 0) f(i, j, local(i, j));
    }
  }
}

void check(const Shape& shape, Index row, Index column, float value) {
  const auto place = [&] {
    return format("row %lld, column %lld (from 0)", static_cast<long long>(row), static_cast<long long>(column));
  };
  if (!std::isfinite(value)) {
    throw InputError("", place(), std::isnan(value) ? "is not a number" : "is infinite", "correct the value");
  }
  const auto v = static_cast<double>(value);
  if (shape.counts() && (v < 0 || v != std::floor(v))) {
    throw InputError("", place(), format("%g is not a count", v),
                     "select raw counts with --matrix (layers/counts), or use --likelihood gaussian");
  }
  if (shape.likelihood == Likelihood::bernoulli && (v < 0 || v > 1)) {
    throw InputError("", place(), format("%g is not between 0 and 1", v), "use --likelihood gaussian");
  }
  if (shape.log1p && v <= -1) {
    throw InputError("", place(), format("%g has no log(1 + x)", v), "use --input-form raw");
  }
}

}  // namespace

Data::Data(const mpi::Communicator& comm, const Matrix& x, const Shape& shape, const Conditions& conditions)
    : x_(x), shape_(shape), conditions_(conditions), rank_(comm.rank()) {
  for (std::size_t count = 0; count < log1p_.size(); ++count) log1p_[count] = std::log1p(static_cast<double>(count));
  std::vector<double> sums(static_cast<std::size_t>(local_rows()), 0.0);
  Index nonzeros = 0;
  const bool wants_sums = shape.counts() && shape.library == Library::observed;
  mpi::run_collectively(comm, [&] {
    each_nonzero(x_, [&](Index i, Index j, float value) {
      check(shape_, first_row() + i, j, value);
      sums[static_cast<std::size_t>(i)] += static_cast<double>(value);
      ++nonzeros;
    });
    const auto empty = std::find(sums.begin(), sums.end(), 0.0);
    if (wants_sums && empty != sums.end()) {
      throw InputError("", format("row %lld (from 0)", static_cast<long long>(first_row() + (empty - sums.begin()))),
                       "a cell without counts: its library size is 0",
                       "filter first: replearn preprocess --min-genes 1, or use --library none");
    }
  });
  nonzeros = mpi::all_reduce(comm, nonzeros, mpi::Reduction::sum);
  const double entries = static_cast<double>(rows()) * static_cast<double>(columns(x_));
  sparse_input_ = static_cast<double>(nonzeros) < dense_from * entries;
  if (!wants_sums) return;
  log_library_ = std::move(sums);
  for (auto& sum : log_library_) sum = std::log(sum);
}

template <class Scalar>
void Data::take(std::span<const Index> rows, Cells<Scalar>& cells) const {
  const auto count = static_cast<Index>(rows.size());
  cells.row.clear();
  for (const Index row : rows) cells.row.push_back(static_cast<std::uint64_t>(first_row() + row));
  cells.conditions.setZero(count, conditions_.levels);
  for (Index i = 0; i < count; ++i) {
    for (Index f = 0; f < conditions_.factors; ++f) {
      const auto at = static_cast<std::size_t>(rows[static_cast<std::size_t>(i)] * conditions_.factors + f);
      cells.conditions(i, conditions_.of_rows[at]) = 1;
    }
  }
  cells.log_library.clear();
  if (!log_library_.empty()) {
    for (const Index row : rows)
      cells.log_library.push_back(static_cast<Scalar>(log_library_[static_cast<std::size_t>(row)]));
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
      input.indices.push_back(cells.counts.indices[static_cast<std::size_t>(at)]);
      input.values.push_back(to_input(cells.counts.values[static_cast<std::size_t>(at)]));
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

template void Data::take(std::span<const Index>, Cells<float>&) const;
template void Data::take(std::span<const Index>, Cells<double>&) const;

}  // namespace replearn::vae
