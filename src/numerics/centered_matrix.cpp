#include "numerics/centered_matrix.hpp"

#include <cblas.h>

#include <algorithm>
#include <climits>
#include <cmath>

#include "mpi/reproducible_sum.hpp"

namespace replearn {
namespace {

/// Columns whose squared mean exceeds this multiple of their variance are centered before multiplication.
constexpr double far_from_zero = 100;

/// Packed upper triangle of a symmetric m x m matrix: row i starts at row_start(i, m), so element (i, j) is at
/// row_start(i, m) + j - i.
Index row_start(Index i, Index m) {
  return i * m - i * (i - 1) / 2;
}

/// X^T X of the local rows: the products of each entry with the later entries of its row are scattered into the
/// integers of `sum`.
void add_sparse_products(const SparseRows& x, const std::vector<double>& scale, mpi::FixedPointSum& sum) {
  const Index m = x.columns;
  Index* integers = sum.integers().data();
  std::vector<double> row;
  for (Index i = 0; i < x.local_rows(); ++i) {
    const auto begin = static_cast<std::size_t>(x.offsets[i]);
    const auto count = static_cast<std::size_t>(x.offsets[static_cast<std::size_t>(i) + 1]) - begin;
    const std::int32_t* columns = x.indices.data() + begin;
    row.resize(count);
    for (std::size_t a = 0; a < count; ++a) {
      row[a] = static_cast<double>(x.values[begin + a]) * scale[columns[a]];
    }
    for (std::size_t a = 0; a < count; ++a) {
      Index* to = integers + row_start(columns[a], m) - columns[a];
      const double value = row[a] * sum.scale();
      for (std::size_t b = a; b < count; ++b) to[columns[b]] += static_cast<Index>(std::nearbyint(value * row[b]));
    }
  }
}

double one_over_deviation(double variance, ColumnScale scale) {
  if (!(variance > 0)) return 0;
  const double factor = 1 / std::sqrt(variance);
  return scale == ColumnScale::deviation ? factor : std::exp2(std::round(std::log2(factor)));
}

std::span<const double> numbers(const RowMatrixD& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}

RowMatrixD unpacked(const std::vector<double>& upper, Index m) {
  RowMatrixD full(m, m);
  for (Index i = 0; i < m; ++i) {
    const double* from = upper.data() + row_start(i, m) - i;
    for (Index j = i; j < m; ++j) full(i, j) = full(j, i) = from[j];
  }
  return full;
}

}  // namespace

CenteredMatrix::CenteredMatrix(const mpi::Communicator& comm, const Matrix& x, bool center, ColumnScale scale)
    : rank_(comm.rank()) {
  open(x);
  use_moments(dense_ ? column_moments(comm, x) : sparse_column_moments(comm, *sparse_), center, scale);
}

CenteredMatrix::CenteredMatrix(const mpi::Communicator& comm, const RowBlocks& x, bool center, ColumnScale scale)
    : sparse_(&x), rank_(comm.rank()) {
  use_moments(sparse_column_moments(comm, x), center, scale);
}

CenteredMatrix::CenteredMatrix(const Matrix& x, int rank, std::vector<double> mean, std::vector<double> scale)
    : rank_(rank), mean_(std::move(mean)), scale_(std::move(scale)), offset_(mean_) {
  open(x);
}

void CenteredMatrix::open(const Matrix& x) {
  dense_ = std::get_if<DistributedMatrix>(&x);
  if (!dense_) sparse_ = &in_memory_.emplace(x);
}

void CenteredMatrix::use_moments(const ColumnMoments& moments, bool center, ColumnScale scale) {
  const auto n = static_cast<double>(rows());
  const auto m = moments.mean.size();
  mean_.assign(m, 0.0);
  scale_.assign(m, 1.0);
  exponents_.assign(m, 0);
  std::vector<std::uint8_t> far(m, 0);
  int largest = INT_MIN;
  for (std::size_t j = 0; j < m; ++j) {
    const double variance = moments.variance[j], mean = moments.mean[j];
    if (center) mean_[j] = mean;
    if (scale != ColumnScale::none) scale_[j] = one_over_deviation(variance, scale);
    const double weight = scale_[j] * scale_[j];
    const double centered = (n - 1) * variance * weight, raw = centered + n * mean * mean * weight;
    far[j] = center && sparse_ && moments.full[j] && mean * mean > far_from_zero * variance;
    squared_lengths_.push_back(center ? centered : raw);
    squared_norm_ += squared_lengths_.back();
    const double norm = center && (!sparse_ || far[j]) ? centered : raw;
    raw_squared_norm_ += norm;
    if (!(norm > 0)) continue;
    std::frexp(std::sqrt(norm), &exponents_[j]);
    largest = std::max(largest, exponents_[j]);
  }
  largest_exponent_ = largest == INT_MIN ? 0 : largest;
  offset_ = mean_;
  center_far_columns(std::move(far));
}

void CenteredMatrix::center_far_columns(std::vector<std::uint8_t> far) {
  if (std::find(far.begin(), far.end(), std::uint8_t{1}) == far.end()) return;
  for (std::size_t j = 0; j < far.size(); ++j) {
    if (far[j]) offset_[j] = 0;
  }
  center_now_ = std::move(far);
  if (!in_memory_) return;
  in_memory_->visit([&](Index, const Matrix& x) { shifted_ = x; });
  subtract_means(std::get<SparseRows>(*shifted_));
  sparse_ = &in_memory_.emplace(*shifted_);
  center_now_.clear();
}

void CenteredMatrix::subtract_means(SparseRows& rows) const {
  for (std::size_t at = 0; at < rows.values.size(); ++at) {
    const auto column = static_cast<std::size_t>(rows.indices[at]);
    if (center_now_[column]) rows.values[at] = static_cast<float>(double{rows.values[at]} - mean_[column]);
  }
}

void CenteredMatrix::visit_sparse(const mpi::Communicator& comm,
                                  const std::function<void(Index first, const SparseRows& rows)>& work) const {
  visit(comm, *sparse_, [&](Index first, const Matrix& block) {
    const auto& rows = std::get<SparseRows>(block);
    if (center_now_.empty()) return work(first, rows);
    SparseRows centered = rows;
    subtract_means(centered);
    work(first, centered);
  });
}

template <class Scalar>
CenteredMatrix::Rows<Scalar> CenteredMatrix::centered_block(const DistributedMatrix& x, Index block,
                                                            const std::vector<double>& scale) const {
  const Index begin = partition().block_begin(block);
  Rows<Scalar> a(partition().block_end(block) - begin, columns());
  for (Index i = 0; i < a.rows(); ++i) {
    const float* from = x.local.data() + (begin - x.first_row() + i) * columns();
    Scalar* to = a.data() + i * columns();
    for (Index j = 0; j < columns(); ++j) {
      to[j] = static_cast<Scalar>((static_cast<double>(from[j]) - mean_[j]) * scale[j]);
    }
  }
  return a;
}

std::vector<double> CenteredMatrix::unit_scale() const {
  auto scale = scale_;
  for (std::size_t j = 0; j < scale.size(); ++j) scale[j] = std::ldexp(scale[j], -exponents_[j]);
  return scale;
}

RowMatrixD CenteredMatrix::gram(const mpi::Communicator& comm) const {
  const Index m = columns();
  const auto& blocks = partition();
  const auto scale = unit_scale();
  mpi::FixedPointSum sum(2, row_start(m, m), 1);  // columns have norm <= 1, so the terms of an element sum to at most 1
  if (dense_) {
    const int width = static_cast<int>(m);
    RowMatrixD partial = RowMatrixD::Zero(m, m);
    for (Index block = blocks.first_block(rank_); block < blocks.end_block(rank_); ++block) {
      const auto a = centered_block<double>(*dense_, block, scale);
      cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, width, static_cast<int>(a.rows()), 1.0, a.data(), width, 0.0,
                  partial.data(), width);
      for (Index i = 0; i < m; ++i) {
        sum.add({partial.data() + i * m + i, static_cast<std::size_t>(m - i)}, row_start(i, m));
      }
    }
    partial.resize(0, 0);
  } else {
    visit_sparse(comm, [&](Index, const SparseRows& rows) { add_sparse_products(rows, scale, sum); });
  }
  RowMatrixD gram = unpacked(sum.reduce(comm), m);
  if (sparse_) {
    // A^T A = D (X^T X - n mu mu^T) D
    const Eigen::Map<const Eigen::VectorXd> mean(offset_.data(), m), unit(scale.data(), m);
    const Eigen::VectorXd scaled_mean = mean.cwiseProduct(unit);
    for (Index i = 0; i < m; ++i) {
      gram.row(i) -= static_cast<double>(rows()) * scaled_mean[i] * scaled_mean.transpose();
    }
  }
  for (Index i = 0; i < m; ++i) {
    for (Index j = 0; j < m; ++j) {
      gram(i, j) = std::ldexp(gram(i, j), exponents_[i] + exponents_[j]);
    }
  }
  return gram;
}

RowMatrixD CenteredMatrix::gram_times(const mpi::Communicator& comm, const RowMatrixD& v) const {
  // Scaled by the largest column norm L for A, and by each row's own norm for the sum: |sum_i a_ij (A v)_i| <= |column
  // j| |A|_F |v|
  const double length = std::sqrt(std::ldexp(raw_squared_norm_, -2 * largest_exponent_));
  mpi::FixedPointSum sum(2 * length, v.size(), 1);
  if (dense_) {
    add_gram_times_dense(v, sum);
  } else {
    add_gram_times_sparse(comm, v, sum);
  }
  const auto total = sum.reduce(comm);
  RowMatrixD product = Eigen::Map<const RowMatrixD>(total.data(), v.rows(), v.cols());
  for (Index j = 0; j < product.rows(); ++j) {
    product.row(j) *= std::ldexp(1.0, exponents_[j] + largest_exponent_);
  }
  return product;
}

void CenteredMatrix::add_gram_times_dense(const RowMatrixD& v, mpi::FixedPointSum& sum) const {
  const auto& blocks = partition();
  const RowMatrix right = v.cast<float>();
  RowMatrix product, partial(v.rows(), v.cols());
  RowMatrixD partial_sum;
  auto scale = scale_;
  for (double& factor : scale) factor = std::ldexp(factor, -largest_exponent_);
  for (Index block = blocks.first_block(rank_); block < blocks.end_block(rank_); ++block) {
    const auto a = centered_block<float>(*dense_, block, scale);
    product.resize(a.rows(), v.cols());
    const int r = static_cast<int>(a.rows()), m = static_cast<int>(v.rows()), l = static_cast<int>(v.cols());
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, r, l, m, 1.0f, a.data(), m, right.data(), l, 0.0f,
                product.data(), l);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, m, l, r, 1.0f, a.data(), m, product.data(), l, 0.0f,
                partial.data(), l);
    partial_sum = partial.cast<double>();
    for (Index j = 0; j < v.rows(); ++j) {
      partial_sum.row(j) *= std::ldexp(1.0, largest_exponent_ - exponents_[j]);
    }
    sum.add(numbers(partial_sum));
  }
}

void CenteredMatrix::add_gram_times_sparse(const mpi::Communicator& comm, const RowMatrixD& v,
                                           mpi::FixedPointSum& sum) const {
  const auto& blocks = partition();
  const Index m = v.rows(), l = v.cols();
  const double unit = std::ldexp(1.0, -largest_exponent_);
  const auto right_and_shift = scaled_right_side<float>(v * unit);
  const auto& [right, shift] = right_and_shift;
  const auto to_unit = static_cast<float>(unit);
  RowMatrixD partial_sum(m, l);
  PaddedRows<float> partial(m, l);
  std::vector<float> product(static_cast<std::size_t>(right.width));
  // A^T y = D X^T y where y = A v: y sums to zero if A's columns do, so mu drops out.
  const auto add_partial = [&] {
    for (Index j = 0; j < m; ++j) {
      const auto column = static_cast<std::size_t>(j);
      const double scale = std::ldexp(scale_[column], largest_exponent_ - exponents_[column]);
      for (Index t = 0; t < l; ++t) partial_sum(j, t) = scale * static_cast<double>(partial.row(j)[t]);
    }
    sum.add(numbers(partial_sum));
    std::fill(partial.values.begin(), partial.values.end(), 0.0f);
  };
  // What is visited at a time may end anywhere in a block of the partition.
  Index block = blocks.first_block(rank_), row = blocks.begin(rank_);
  visit_sparse(comm, [&, &from = right, &offset = shift](Index, const SparseRows& rows) {
    for (Index i = 0; i < rows.local_rows(); ++i) {
      while (blocks.block_end(block) == row) ++block;
      sparse_row_times(rows, i, from, product.data());
      for (std::size_t t = 0; t < product.size(); ++t) product[t] = (product[t] - offset[t]) * to_unit;
      add_transposed_row(rows, i, product.data(), partial);
      if (++row == blocks.block_end(block)) add_partial();
    }
  });
}

RowMatrixD CenteredMatrix::times(const mpi::Communicator& comm, const RowMatrixD& v) const {
  const auto& blocks = partition();
  const Index first_row = blocks.begin(rank_), l = v.cols();
  RowMatrixD product(blocks.count(rank_), l);
  if (dense_) {
    for (Index block = blocks.first_block(rank_); block < blocks.end_block(rank_); ++block) {
      const auto a = centered_block<double>(*dense_, block, scale_);
      const int w = static_cast<int>(columns()), c = static_cast<int>(l);
      cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(a.rows()), c, w, 1.0, a.data(), w,
                  v.data(), c, 0.0, product.data() + (blocks.block_begin(block) - first_row) * l, c);
    }
    return product;
  }
  const auto right_and_shift = scaled_right_side<double>(v);
  const auto& [right, shift] = right_and_shift;
  std::vector<double> row(static_cast<std::size_t>(right.width));
  visit_sparse(comm, [&, &from = right, &offset = shift](Index first, const SparseRows& rows) {
    for (Index i = 0; i < rows.local_rows(); ++i) {
      sparse_row_times(rows, i, from, row.data());
      for (Index t = 0; t < l; ++t) product(first + i, t) = row[t] - offset[t];
    }
  });
  return product;
}

template <class Scalar>
std::pair<PaddedRows<Scalar>, std::vector<Scalar>> CenteredMatrix::scaled_right_side(const RowMatrixD& v) const {
  PaddedRows<Scalar> right(columns(), v.cols());
  std::vector<double> shift(right.width, 0.0);
  for (Index j = 0; j < columns(); ++j) {
    for (Index t = 0; t < v.cols(); ++t) {
      const double value = scale_[j] * v(j, t);
      right.row(j)[t] = static_cast<Scalar>(value);
      shift[t] += offset_[j] * value;
    }
  }
  return {std::move(right), {shift.begin(), shift.end()}};
}

}  // namespace replearn
