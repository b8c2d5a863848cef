#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/log.hpp"
#include "methods/vae/data_impl.hpp"
#include "mpi/collectives.hpp"

namespace replearn::vae {
namespace {

/// Above this density the encoder's first layer is faster as a dense matrix product.
constexpr double dense_from = 0.2;

/// Calls f(local row, column, value) for all nonzero entries.
template <class F>
void each_nonzero(const Matrix& x, F f) {
  if (const auto* sparse = std::get_if<SparseRows>(&x)) {
    for (Index i = 0; i < sparse->local_rows(); ++i) {
      for (auto at = static_cast<std::size_t>(sparse->offsets[i]);
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
  const auto place = [&] { return fmt::format("row {}, column {} (from 0)", row, column); };
  if (!std::isfinite(value)) {
    throw InputError("", place(), std::isnan(value) ? "is not a number" : "is infinite", "correct the value");
  }
  const auto v = static_cast<double>(value);
  if (shape.counts() && (v < 0 || v != std::floor(v))) {
    throw InputError("", place(), fmt::format("{:g} is not a count", v),
                     "select raw counts with --matrix (layers/counts), or use --likelihood gaussian");
  }
  if (shape.likelihood == Likelihood::bernoulli && (v < 0 || v > 1)) {
    throw InputError("", place(), fmt::format("{:g} is not between 0 and 1", v), "use --likelihood gaussian");
  }
  if (shape.log1p && v <= -1) {
    throw InputError("", place(), fmt::format("{:g} has no log(1 + x)", v), "use --input-form raw");
  }
}

}  // namespace

Data::Data(const mpi::Communicator& comm, const Matrix& x, const Shape& shape, const Conditions& conditions)
    : x_(x), shape_(shape), conditions_(conditions), rank_(comm.rank()) {
  for (std::size_t count = 0; count < log1p_.size(); ++count) log1p_[count] = std::log1p(static_cast<double>(count));
  std::vector<double> sums(local_rows(), 0.0);
  Index nonzeros = 0;
  const bool wants_sums = shape.counts() && shape.library == Library::observed;
  mpi::run_collectively(comm, [&] {
    each_nonzero(x_, [&](Index i, Index j, float value) {
      check(shape_, first_row() + i, j, value);
      sums[i] += static_cast<double>(value);
      ++nonzeros;
    });
    const auto empty = std::find(sums.begin(), sums.end(), 0.0);
    if (wants_sums && empty != sums.end()) {
      throw InputError("", fmt::format("row {} (from 0)", first_row() + (empty - sums.begin())),
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

template void Data::take(std::span<const Index>, Cells<float>&) const;

}  // namespace replearn::vae
