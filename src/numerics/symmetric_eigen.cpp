#include "numerics/symmetric_eigen.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>

// LAPACK's Fortran interface, which every implementation provides.
extern "C" {
void dgesvj_(const char* joba, const char* jobu, const char* jobv, const int* m, const int* n, double* a,
             const int* lda, double* sva, const int* mv, double* v, const int* ldv, double* work, const int* lwork,
             int* info, std::size_t, std::size_t, std::size_t);
void dsyevr_(const char* jobz, const char* range, const char* uplo, const int* n, double* a, const int* lda,
             const double* vl, const double* vu, const int* il, const int* iu, const double* abstol, int* m, double* w,
             double* z, const int* ldz, int* isuppz, double* work, const int* lwork, int* iwork, const int* liwork,
             int* info, std::size_t, std::size_t, std::size_t);
}

namespace replearn {
namespace {

/// L (rows x rank, column-major) with gram = L L^T, by complete pivoting, so that column norms decrease.
Eigen::MatrixXd pivoted_cholesky(RowMatrixD gram) {
  constexpr double dependent = 1e-11;
  const Index m = gram.rows();
  const Eigen::VectorXd least = dependent * gram.diagonal();
  Eigen::MatrixXd factor = Eigen::MatrixXd::Zero(m, m);
  std::vector<std::uint8_t> taken(m, 0);
  for (Index rank = 0; rank < m; ++rank) {
    Index pivot = -1;
    for (Index j = 0; j < m; ++j) {
      const bool free = !taken[j] && gram(j, j) > least[j];
      if (free && (pivot < 0 || gram(j, j) > gram(pivot, pivot))) pivot = j;
    }
    if (pivot < 0) return factor.leftCols(rank);
    taken[pivot] = 1;
    const double length = std::sqrt(gram(pivot, pivot));
    auto column = factor.col(rank);
    for (Index i = 0; i < m; ++i) {
      if (!taken[i]) column[i] = gram(i, pivot) / length;
    }
    column[pivot] = length;
    for (Index i = 0; i < m; ++i) {
      if (!taken[i]) gram.row(i) -= column[i] * column.transpose();
    }
  }
  return factor;
}

}  // namespace

Eigenpairs leading_eigenpairs(RowMatrixD symmetric, Index count) {
  const int n = static_cast<int>(symmetric.rows()), wanted = static_cast<int>(std::min<Index>(count, n));
  if (wanted <= 0) return {{}, RowMatrixD(symmetric.rows(), 0)};
  const int first = n - wanted + 1;  // LAPACK counts from 1, ascending
  const double unused = 0, best_tolerance = 0;
  std::vector<double> values(n);
  Eigen::MatrixXd vectors(n, wanted);  // column-major, as LAPACK writes
  std::vector<int> support(2 * static_cast<std::size_t>(wanted));
  int found = 0, info = 0;
  const auto call = [&](double* work, int lwork, int* iwork, int liwork) {
    // A symmetric matrix is its own transpose: row-major "U" is column-major "L".
    dsyevr_("V", "I", "L", &n, symmetric.data(), &n, &unused, &unused, &first, &n, &best_tolerance, &found,
            values.data(), vectors.data(), &n, support.data(), work, &lwork, iwork, &liwork, &info, 1, 1, 1);
  };
  double best_work = 0;
  int best_iwork = 0;
  call(&best_work, -1, &best_iwork, -1);
  std::vector<double> work(best_work);
  std::vector<int> iwork(best_iwork);
  call(work.data(), static_cast<int>(work.size()), iwork.data(), best_iwork);
  if (info != 0 || found != wanted) {
    throw std::runtime_error("LAPACK's dsyevr found " + std::to_string(found) + " of " + std::to_string(wanted) +
                             " eigenvalues (info " + std::to_string(info) + ")");
  }
  Eigenpairs pairs{{values.rend() - found, values.rend()}, vectors.rowwise().reverse()};
  return pairs;
}

Eigenpairs graded_eigenpairs(RowMatrixD gram, Index count) {
  Eigen::MatrixXd factor = pivoted_cholesky(std::move(gram));
  const int m = static_cast<int>(factor.rows()), rank = static_cast<int>(factor.cols());
  if (rank == 0) return {{}, RowMatrixD(m, 0)};
  std::vector<double> lengths(rank), work(static_cast<std::size_t>(std::max(6, m + rank)));
  const int work_size = static_cast<int>(work.size()), none = 0, one = 1;
  double no_vectors = 0;
  int info = 0;
  // The left singular vectors, which overwrite the factor, are the eigenvectors.
  dgesvj_("G", "U", "N", &m, &rank, factor.data(), &m, lengths.data(), &none, &no_vectors, &one, work.data(),
          &work_size, &info, 1, 1, 1);
  if (info != 0) throw std::runtime_error("LAPACK's dgesvj did not converge (info " + std::to_string(info) + ")");
  const Index found = std::min<Index>(count, rank);
  Eigenpairs pairs{{}, factor.leftCols(found)};
  for (Index c = 0; c < found; ++c) {
    const double length = work[0] * lengths[c];
    pairs.values.push_back(length * length);
  }
  return pairs;
}

}  // namespace replearn
