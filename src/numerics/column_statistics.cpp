#include "numerics/column_statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"
#include "numerics/matrix_values.hpp"
#include "numerics/memoized.hpp"

namespace replearn {
namespace {

/// Calls `terms(value, column)` for the values of a row in columns [from, to) and adds the returned array of terms to
/// partial sums: term t of column j to partial[t (to - from) + j - from].
class DenseReader {
 public:
  explicit DenseReader(const DistributedMatrix& matrix) : matrix_(matrix) {}
  template <class Terms>
  void add_row(Index row, Index from, Index to, double* partial, const Terms& terms) {
    const float* values = matrix_.local.data() + row * matrix_.columns();
    for (Index j = from; j < to; ++j) {
      const auto each = terms(values[j], j);
      for (std::size_t t = 0; t < each.size(); ++t) partial[static_cast<Index>(t) * (to - from) + j - from] += each[t];
    }
  }

 private:
  const DistributedMatrix& matrix_;
};

/// Like this for sparse rows. Stripes must be processed in order, since the read position of each row is stored.
class SparseReader {
 public:
  explicit SparseReader(const SparseRows& matrix)
      : matrix_(matrix), next_(matrix.offsets.begin(), matrix.offsets.end() - 1) {}
  template <class Terms>
  void add_row(Index row, Index from, Index to, double* partial, const Terms& terms) {
    auto at = static_cast<std::size_t>(next_[row]);
    const auto end = static_cast<std::size_t>(matrix_.offsets[static_cast<std::size_t>(row) + 1]);
    for (; at < end && matrix_.indices[at] < to; ++at) {
      const Index j = matrix_.indices[at];
      const auto each = terms(matrix_.values[at], j);
      for (std::size_t t = 0; t < each.size(); ++t) partial[static_cast<Index>(t) * (to - from) + j - from] += each[t];
    }
    next_[row] = static_cast<Index>(at);
  }

 private:
  const SparseRows& matrix_;
  std::vector<Index> next_;
};

/// Number of columns summed at a time: 2^23 partial sums (64 MB) on one rank. Depends only on n, never on the number of
/// ranks, so that the vectorized body and tail of the loops process the same columns everywhere.
Index stripe_width(const RowPartition& rows, Index terms) {
  return std::max<Index>(64, (Index{1} << 23) / terms / std::max<Index>(1, rows.blocks()));
}

/// For each column, sums the K terms returned by terms(value, column) over all rows.
template <std::size_t K, class Reader, class Terms>
std::array<std::vector<double>, K> sum_over_rows(const mpi::Communicator& comm, const RowPartition& rows, Index columns,
                                                 Reader reader, const Terms& terms) {
  std::array<std::vector<double>, K> sums;
  std::vector<double> partials;
  const Index first_block = rows.first_block(comm.rank()), end_block = rows.end_block(comm.rank());
  const Index first_row = rows.begin(comm.rank()), most = stripe_width(rows, K);
  for (Index from = 0; from < columns; from += most) {
    const Index to = std::min(columns, from + most), width = static_cast<Index>(K) * (to - from);
    partials.assign((end_block - first_block) * width, 0.0);
    for (Index block = first_block; block < end_block; ++block) {
      double* partial = partials.data() + (block - first_block) * width;
      for (Index row = rows.block_begin(block); row < rows.block_end(block); ++row) {
        reader.add_row(row - first_row, from, to, partial, terms);
      }
    }
    const auto stripe = mpi::reproducible_sum(comm, partials, width, rows.blocks());
    for (std::size_t t = 0; t < K; ++t) {
      const auto begin = stripe.begin() + static_cast<std::ptrdiff_t>(t) * (to - from);
      sums[t].insert(sums[t].end(), begin, begin + (to - from));
    }
  }
  return sums;
}

template <std::size_t K, class Terms>
std::array<std::vector<double>, K> sum_over_rows(const mpi::Communicator& comm, const Matrix& matrix,
                                                 const Terms& terms) {
  if (const auto* sparse = std::get_if<SparseRows>(&matrix)) {
    return sum_over_rows<K>(comm, sparse->partition, sparse->columns, SparseReader(*sparse), terms);
  }
  const auto& dense = std::get<DistributedMatrix>(matrix);
  return sum_over_rows<K>(comm, dense.partition, dense.columns(), DenseReader(dense), terms);
}

struct Expm1 {
  double operator()(float x) const { return static_cast<double>(std::expm1(x)); }
};

/// Calls `work` with the function of the transform, so that loops are compiled for each.
template <class Work>
auto with_transform(Transform transform, Work&& work) {
  if (transform == Transform::expm1) {
    Memoized<Expm1> expm1_of;
    return work([&](float x) { return expm1_of(x); });
  }
  return work([](float x) { return static_cast<double>(x); });
}

bool counts(Counted counted, float value) {
  return counted == Counted::all || (counted == Counted::not_nan ? !std::isnan(value) : value != 0);
}

/// For each column, the number of values that count and the first of them by row.
struct Held {
  std::vector<Index> entries;
  std::vector<float> first;
};

Held values_held(const mpi::Communicator& comm, const Matrix& matrix, Counted counted) {
  const auto m = static_cast<std::size_t>(columns(matrix));
  const Index none = rows(matrix), first_row = std::visit([](const auto&x) { return x.first_row(); }, matrix);
  Held held{std::vector<Index>(m, 0), std::vector<float>(m, 0.0f)};
  if (const auto* dense = std::get_if<DistributedMatrix>(&matrix); dense && counted == Counted::all) {
    held.entries.assign(m, rows(matrix));
    if (first_row == 0 && dense->local_rows() > 0) std::copy_n(dense->local.data(), m, held.first.data());
    mpi::all_reduce(comm, std::span<float>(held.first), mpi::Reduction::sum);
    return held;
  }
  std::vector<Index> row_of_first(m, none);
  for_each_value(matrix, [&](Index i, Index j, float value) {
    if (!counts(counted, value)) return;
    const auto column = static_cast<std::size_t>(j);
    if (held.entries[column]++ > 0) return;
    row_of_first[column] = first_row + i;
    held.first[column] = value;
  });
  auto firsts = row_of_first;
  mpi::all_reduce(comm, std::span<Index>(firsts), mpi::Reduction::min);
  for (std::size_t j = 0; j < m; ++j) {
    if (firsts[j] != row_of_first[j] || firsts[j] == none) held.first[j] = 0;
  }
  mpi::all_reduce(comm, std::span<float>(held.first), mpi::Reduction::sum);
  mpi::all_reduce(comm, std::span<Index>(held.entries), mpi::Reduction::sum);
  return held;
}

}  // namespace

ColumnSums column_sums(const mpi::Communicator& comm, const Matrix& matrix, Transform transform) {
  ColumnSums result;
  with_transform(transform, [&](auto value) {
    result.sum =
        sum_over_rows<1>(comm, matrix, [&value](float x, Index) { return std::array<double, 1>{value(x)}; })[0];
  });
  result.nonzeros = column_nonzeros(comm, matrix);
  return result;
}

std::vector<Index> column_nonzeros(const mpi::Communicator& comm, const Matrix& matrix) {
  std::vector<Index> nonzeros(columns(matrix), 0);
  for_each_value(matrix, [&](Index, Index j, float value) { nonzeros[j] += value != 0; });
  mpi::all_reduce(comm, std::span<Index>(nonzeros), mpi::Reduction::sum);
  return nonzeros;
}

ColumnMoments column_moments(const mpi::Communicator& comm, const Matrix& matrix, Transform transform,
                             Counted counted) {
  const Index n = rows(matrix);
  auto held = values_held(comm, matrix, counted);
  return with_transform(transform, [&](auto value) {
    const auto m = held.entries.size();
    const auto term_of = [counted](float x, double term) { return counts(counted, x) ? term : 0.0; };
    // Implicit zeros are among the values; a shift would also apply to them.
    std::vector<double> shift(m), absent(m, 0.0);
    ColumnMoments result;
    result.full.resize(m);
    for (std::size_t j = 0; j < m; ++j) {
      result.full[j] = held.entries[j] == n;
      if (counted == Counted::all) absent[j] = static_cast<double>(n - held.entries[j]);
      shift[j] = absent[j] > 0 ? 0.0 : value(held.first[j]);
      result.count.push_back(counted == Counted::all ? n : held.entries[j]);
    }
    result.mean = sum_over_rows<1>(
        comm, matrix, [&](float x, Index j) { return std::array<double, 1>{term_of(x, value(x) - shift[j])}; })[0];
    for (std::size_t j = 0; j < m; ++j) {
      result.mean[j] = shift[j] + result.mean[j] / static_cast<double>(std::max<Index>(1, result.count[j]));
    }
    const double* means = result.mean.data();
    auto [squares, deviations] = sum_over_rows<2>(comm, matrix, [&, means](float x, Index j) {
      const double deviation = term_of(x, value(x) - means[j]);
      return std::array<double, 2>{deviation * deviation, deviation};
    });
    result.variance.assign(m, 0.0);
    for (std::size_t j = 0; j < m; ++j) {
      if (result.count[j] < 1) continue;
      const auto count = static_cast<double>(result.count[j]), mean = result.mean[j];
      const double rest = deviations[j] - absent[j] * mean;  // rounding error of the mean
      const double sum = squares[j] + absent[j] * mean * mean - rest * rest / count;
      result.mean[j] += rest / count;
      if (count > 1) result.variance[j] = sum >= 0 || std::isnan(sum) ? sum / (count - 1) : 0.0;
    }
    return result;
  });
}

}  // namespace replearn
