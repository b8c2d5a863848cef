#include "numerics/centered_matrix.hpp"

#include <cblas.h>

#include <algorithm>
#include <climits>
#include <cmath>

#include "mpi/reproducible_sum.hpp"
#include "numerics/column_statistics.hpp"
#include "numerics/sparse_products.hpp"

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
    : x_(x), rank_(comm.rank()) {
  const auto moments = column_moments(comm, x);
  const auto n = static_cast<double>(rows());
  const auto m = moments.mean.size();
  const bool is_sparse = std::holds_alternative<SparseRows>(x);
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
    far[j] = center && is_sparse && moments.full[j] && mean * mean > far_from_zero * variance;
    squared_lengths_.push_back(center ? centered : raw);
    squared_norm_ += squared_lengths_.back();
    const double norm = center && (!is_sparse || far[j]) ? centered : raw;
    raw_squared_norm_ += norm;
    if (!(norm > 0)) continue;
    std::frexp(std::sqrt(norm), &exponents_[j]);
    largest = std::max(largest, exponents_[j]);
  }
  largest_exponent_ = largest == INT_MIN ? 0 : largest;
  offset_ = mean_;
  center_far_columns(far);
}

void CenteredMatrix::center_far_columns(const std::vector<std::uint8_t>& far) {
  if (std::find(far.begin(), far.end(), std::uint8_t{1}) == far.end()) return;
  shifted_ = std::get<SparseRows>(x_);
  for (std::size_t at = 0; at < shifted_->values.size(); ++at) {
    const auto column = static_cast<std::size_t>(shifted_->indices[at]);
    if (far[column]) shifted_->values[at] = static_cast<float>(double{shifted_->values[at]} - mean_[column]);
  }
  for (std::size_t j = 0; j < far.size(); ++j) {
    if (far[j]) offset_[j] = 0;
  }
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
  if (const auto* dense = std::get_if<DistributedMatrix>(&x_)) {
    const int width = static_cast<int>(m);
    RowMatrixD partial = RowMatrixD::Zero(m, m);
    for (Index block = blocks.first_block(rank_); block < blocks.end_block(rank_); ++block) {
      const auto a = centered_block<double>(*dense, block, scale);
      cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, width, static_cast<int>(a.rows()), 1.0, a.data(), width, 0.0,
                  partial.data(), width);
      for (Index i = 0; i < m; ++i) {
        sum.add({partial.data() + i * m + i, static_cast<std::size_t>(m - i)}, row_start(i, m));
      }
    }
    partial.resize(0, 0);
  } else {
    add_sparse_products(sparse(), scale, sum);
  }
  RowMatrixD gram = unpacked(sum.reduce(comm), m);
  if (!std::holds_alternative<DistributedMatrix>(x_)) {
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
  if (const auto* dense = std::get_if<DistributedMatrix>(&x_)) {
    add_gram_times(*dense, v, sum);
  } else {
    add_gram_times(sparse(), v, sum);
  }
  const auto total = sum.reduce(comm);
  RowMatrixD product = Eigen::Map<const RowMatrixD>(total.data(), v.rows(), v.cols());
  for (Index j = 0; j < product.rows(); ++j) {
    product.row(j) *= std::ldexp(1.0, exponents_[j] + largest_exponent_);
  }
  return product;
}

void CenteredMatrix::add_gram_times(const DistributedMatrix& x, const RowMatrixD& v, mpi::FixedPointSum& sum) const {
  const auto& blocks = partition();
  const RowMatrix right = v.cast<float>();
  RowMatrix product, partial(v.rows(), v.cols());
  RowMatrixD partial_sum;
  auto scale = scale_;
  for (double& factor : scale) factor = std::ldexp(factor, -largest_exponent_);
  for (Index block = blocks.first_block(rank_); block < blocks.end_block(rank_); ++block) {
    const auto a = centered_block<float>(x, block, scale);
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

void CenteredMatrix::add_gram_times(const SparseRows& sparse, const RowMatrixD& v, mpi::FixedPointSum& sum) const {
  const auto& blocks = partition();
  const Index m = v.rows(), l = v.cols(), first_row = sparse.first_row();
  const double unit = std::ldexp(1.0, -largest_exponent_);
  const auto [right, shift] = scaled_right_side<float>(v * unit);
  const auto to_unit = static_cast<float>(unit);
  RowMatrixD partial_sum(m, l);
  PaddedRows<float> partial(m, l);
  std::vector<float> product(right.width);
  for (Index block = blocks.first_block(rank_); block < blocks.end_block(rank_); ++block) {
    std::fill(partial.values.begin(), partial.values.end(), 0.0f);
    for (Index row = blocks.block_begin(block); row < blocks.block_end(block); ++row) {
      sparse_row_times(sparse, row - first_row, right, product.data());
      for (std::size_t t = 0; t < product.size(); ++t) product[t] = (product[t] - shift[t]) * to_unit;
      add_transposed_row(sparse, row - first_row, product.data(), partial);
    }
    // A^T y = D X^T y where y = A v: y sums to zero if A's columns do, so mu drops out.
    for (Index j = 0; j < m; ++j) {
      const auto column = static_cast<std::size_t>(j);
      const double scale = std::ldexp(scale_[column], largest_exponent_ - exponents_[column]);
      for (Index t = 0; t < l; ++t) partial_sum(j, t) = scale * static_cast<double>(partial.row(j)[t]);
    }
    sum.add(numbers(partial_sum));
  }
}

RowMatrixD CenteredMatrix::times(const RowMatrixD& v) const {
  const auto& blocks = partition();
  const Index first_row = blocks.begin(rank_), l = v.cols();
  RowMatrixD product(blocks.count(rank_), l);
  if (const auto* dense = std::get_if<DistributedMatrix>(&x_)) {
    for (Index block = blocks.first_block(rank_); block < blocks.end_block(rank_); ++block) {
      const auto a = centered_block<double>(*dense, block, scale_);
      const int w = static_cast<int>(columns()), c = static_cast<int>(l);
      cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(a.rows()), c, w, 1.0, a.data(), w,
                  v.data(), c, 0.0, product.data() + (blocks.block_begin(block) - first_row) * l, c);
    }
    return product;
  }
  const auto& sparse = this->sparse();
  const auto [right, shift] = scaled_right_side<double>(v);
  std::vector<double> row(right.width);
  for (Index i = 0; i < product.rows(); ++i) {
    sparse_row_times(sparse, i, right, row.data());
    for (Index t = 0; t < l; ++t) product(i, t) = row[t] - shift[t];
  }
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
