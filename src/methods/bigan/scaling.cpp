#include "methods/bigan/scaling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "mpi/collectives.hpp"
#include "nn/gather.hpp"
#include "numerics/column_statistics.hpp"

namespace replearn::bigan {
namespace {

/// Minimum and maximum of each column.
struct Ranges {
  std::vector<float> low, high;
};

Ranges column_ranges(const mpi::Communicator& comm, const Matrix& x) {
  const auto m = static_cast<std::size_t>(columns(x));
  Ranges ranges{std::vector<float>(m, std::numeric_limits<float>::infinity()),
                std::vector<float>(m, -std::numeric_limits<float>::infinity())};
  const auto take = [&](std::size_t j, float value) {
    ranges.low[j] = std::min(ranges.low[j], value);
    ranges.high[j] = std::max(ranges.high[j], value);
  };
  if (const auto* dense = std::get_if<DistributedMatrix>(&x)) {
    for (Index i = 0; i < dense->local_rows(); ++i) {
      for (std::size_t j = 0; j < m; ++j) take(j, dense->local(i, static_cast<Index>(j)));
    }
  } else {
    const auto& sparse = std::get<SparseRows>(x);
    std::vector<Index> stored(m, 0);
    for (std::size_t at = 0; at < sparse.values.size(); ++at) {
      const auto j = static_cast<std::size_t>(sparse.indices[at]);
      take(j, sparse.values[at]);
      ++stored[j];
    }
    for (std::size_t j = 0; j < m; ++j) {
      if (stored[j] < sparse.local_rows()) take(j, 0);
    }
  }
  mpi::all_reduce(comm, std::span<float>(ranges.low), mpi::Reduction::min);
  mpi::all_reduce(comm, std::span<float>(ranges.high), mpi::Reduction::max);
  return ranges;
}

}  // namespace

bool ColumnScaling::shifts() const {
  return std::any_of(shift.begin(), shift.end(), [](float s) { return s != 0; });
}

ColumnScaling find_scaling(const mpi::Communicator& comm, const Matrix& x, Scaling kind) {
  const auto m = static_cast<std::size_t>(columns(x));
  ColumnScaling scaling{std::vector<float>(m, 1), std::vector<float>(m, 0)};
  if (kind == Scaling::none) return scaling;
  std::vector<double> center(m), unit(m);
  if (kind == Scaling::standardize) {
    const auto moments = column_moments(comm, x);
    center = moments.mean;
    std::transform(moments.variance.begin(), moments.variance.end(), unit.begin(),
                   [](double variance) { return std::sqrt(variance); });
  } else {
    const auto ranges = column_ranges(comm, x);
    for (std::size_t j = 0; j < m; ++j) {
      center[j] = ranges.low[j];
      unit[j] = static_cast<double>(ranges.high[j]) - static_cast<double>(ranges.low[j]);
    }
  }
  for (std::size_t j = 0; j < m; ++j) {
    const double factor = unit[j] > 0 ? 1 / unit[j] : 1;
    scaling.factor[j] = static_cast<float>(factor);
    scaling.shift[j] = static_cast<float>(center[j] * factor);
  }
  return scaling;
}

nn::Batch<float> shift_row(const ColumnScaling& scaling) {
  return Eigen::Map<const nn::Batch<float>>(scaling.shift.data(), 1, scaling.columns());
}

void take_rows(const Matrix& x, const ColumnScaling& scaling, const nn::Batch<float>& shift,
               std::span<const Index> rows, Draws<float>& draws) {
  draws.is_sparse = std::holds_alternative<SparseRows>(x);
  if (draws.is_sparse) {
    auto& sparse = draws.sparse_x;
    nn::gather(x, rows, sparse);
    for (std::size_t at = 0; at < sparse.values.size(); ++at) sparse.values[at] *= scaling.factor[sparse.indices[at]];
    draws.shift = scaling.shifts() ? &shift : nullptr;
    return;
  }
  nn::gather(x, rows, draws.x);
  const Eigen::Map<const Eigen::Array<float, 1, Eigen::Dynamic>> factor(scaling.factor.data(), scaling.columns());
  draws.x.array().rowwise() *= factor;
  draws.x.rowwise() -= shift.row(0);
}

void densify(Draws<float>& draws) {
  if (!draws.is_sparse) return;
  const auto& sparse = draws.sparse_x;
  draws.x.setZero(sparse.rows(), sparse.columns);
  for (Index i = 0; i < sparse.rows(); ++i) {
    for (auto at = sparse.offsets[i]; at < sparse.offsets[static_cast<std::size_t>(i) + 1]; ++at)
      draws.x(i, sparse.indices[at]) = sparse.values[at];
  }
  if (draws.shift) draws.x.rowwise() -= draws.shift->row(0);
  draws.is_sparse = false;
}

void unscale(const ColumnScaling& scaling, nn::BatchRef<float> x) {
  for (Index i = 0; i < x.rows(); ++i) {
    for (Index j = 0; j < x.cols(); ++j) {
      const auto at = static_cast<std::size_t>(j);
      x(i, j) = (x(i, j) + scaling.shift[at]) / scaling.factor[at];
    }
  }
}

}  // namespace replearn::bigan
