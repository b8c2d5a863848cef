#include "numerics/column_statistics.hpp"

#include <algorithm>
#include <cmath>

#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn {
namespace {

/// Feeds a row's values in columns [from, to) to `term(value, column)` and adds what it gives to partial[column -
/// from].
class DenseReader {
 public:
  explicit DenseReader(const DistributedMatrix& matrix) : matrix_(matrix) {}
  template <class Term>
  void add_row(Index row, Index from, Index to, double* partial, const Term& term) {
    const float* values = matrix_.local.data() + row * matrix_.columns();
    for (Index j = from; j < to; ++j) partial[j - from] += term(values[j], j);
  }

 private:
  const DistributedMatrix& matrix_;
};

/// The same of what is stored. Stripes must come in order: each row remembers how far it was read.
class SparseReader {
 public:
  explicit SparseReader(const SparseRows& matrix)
      : matrix_(matrix), next_(matrix.offsets.begin(), matrix.offsets.end() - 1) {}
  template <class Term>
  void add_row(Index row, Index from, Index to, double* partial, const Term& term) {
    auto at = static_cast<std::size_t>(next_[static_cast<std::size_t>(row)]);
    const auto end = static_cast<std::size_t>(matrix_.offsets[static_cast<std::size_t>(row) + 1]);
    for (; at < end && matrix_.indices[at] < to; ++at) {
      const Index j = matrix_.indices[at];
      partial[j - from] += term(matrix_.values[at], j);
    }
    next_[static_cast<std::size_t>(row)] = static_cast<Index>(at);
  }

 private:
  const SparseRows& matrix_;
  std::vector<Index> next_;
};

/// Columns summed at a time: 2^23 partial sums (64 MB) on one rank. Fixed by n alone, never by the number of ranks,
/// so that vector body and tail of the loops fall on the same columns everywhere.
Index stripe_width(const RowPartition& rows) {
  return std::max<Index>(64, (Index{1} << 23) / std::max<Index>(1, rows.blocks()));
}

/// For each column the sum over all rows of term(value, column).
template <class Reader, class Term>
std::vector<double> sum_over_rows(const mpi::Communicator& comm, const RowPartition& rows, Index columns, Reader reader,
                                  const Term& term) {
  std::vector<double> sums, partials;
  const Index first_block = rows.first_block(comm.rank()), end_block = rows.end_block(comm.rank());
  const Index first_row = rows.begin(comm.rank());
  for (Index from = 0; from < columns; from += stripe_width(rows)) {
    const Index to = std::min(columns, from + stripe_width(rows)), width = to - from;
    partials.assign(static_cast<std::size_t>((end_block - first_block) * width), 0.0);
    for (Index block = first_block; block < end_block; ++block) {
      double* partial = partials.data() + (block - first_block) * width;
      for (Index row = rows.block_begin(block); row < rows.block_end(block); ++row) {
        reader.add_row(row - first_row, from, to, partial, term);
      }
    }
    const auto stripe = mpi::reproducible_sum(comm, partials, width, rows.blocks());
    sums.insert(sums.end(), stripe.begin(), stripe.end());
  }
  return sums;
}

template <class Term>
std::vector<double> sum_over_rows(const mpi::Communicator& comm, const Matrix& matrix, const Term& term) {
  if (const auto* sparse = std::get_if<SparseRows>(&matrix)) {
    return sum_over_rows(comm, sparse->partition, sparse->columns, SparseReader(*sparse), term);
  }
  const auto& dense = std::get<DistributedMatrix>(matrix);
  return sum_over_rows(comm, dense.partition, dense.columns(), DenseReader(dense), term);
}

/// Runs `work` with the function that the transform names, so that loops are compiled for each.
template <class Work>
auto with_transform(Transform transform, Work&& work) {
  if (transform == Transform::expm1) return work([](float x) { return static_cast<double>(std::expm1(x)); });
  return work([](float x) { return static_cast<double>(x); });
}

/// Entries per column that are (for a sparse matrix: are stored and) not zero, or simply stored.
std::vector<Index> count_entries(const mpi::Communicator& comm, const Matrix& matrix, bool stored_zeros) {
  std::vector<Index> counts(static_cast<std::size_t>(columns(matrix)), 0);
  if (const auto* sparse = std::get_if<SparseRows>(&matrix)) {
    for (std::size_t at = 0; at < sparse->values.size(); ++at) {
      counts[static_cast<std::size_t>(sparse->indices[at])] += stored_zeros || sparse->values[at] != 0;
    }
  } else {
    const auto& dense = std::get<DistributedMatrix>(matrix);
    for (Index i = 0; i < dense.local_rows(); ++i) {
      const float* row = dense.local.data() + i * dense.columns();
      for (std::size_t j = 0; j < counts.size(); ++j) counts[j] += stored_zeros || row[j] != 0;
    }
  }
  mpi::all_reduce(comm, std::span<Index>(counts), mpi::Reduction::sum);
  return counts;
}

}  // namespace

ColumnSums column_sums(const mpi::Communicator& comm, const Matrix& matrix, Transform transform) {
  ColumnSums result;
  result.sum = with_transform(
      transform, [&](auto value) { return sum_over_rows(comm, matrix, [value](float x, Index) { return value(x); }); });
  result.nonzeros = count_entries(comm, matrix, false);
  return result;
}

ColumnMoments column_moments(const mpi::Communicator& comm, const Matrix& matrix, Transform transform) {
  const auto n = static_cast<double>(rows(matrix));
  const auto entries = count_entries(comm, matrix, true);
  return with_transform(transform, [&](auto value) {
    ColumnMoments result;
    result.mean = sum_over_rows(comm, matrix, [value](float x, Index) { return value(x); });
    for (auto& mean : result.mean) mean /= std::max(1.0, n);
    const double* means = result.mean.data();
    result.variance = sum_over_rows(comm, matrix, [value, means](float x, Index j) {
      const double deviation = value(x) - means[j];
      return deviation * deviation;
    });
    for (std::size_t j = 0; j < result.variance.size(); ++j) {
      const double absent = n - static_cast<double>(entries[j]);
      result.variance[j] = n > 1 ? (result.variance[j] + absent * means[j] * means[j]) / (n - 1) : 0.0;
    }
    return result;
  });
}

}  // namespace replearn
