#include "numerics/symmetric_eigen.hpp"

#include <stdexcept>
#include <string>

// LAPACK's Fortran interface, which every implementation has.
extern "C" void dsyevr_(const char* jobz, const char* range, const char* uplo, const int* n, double* a, const int* lda,
                        const double* vl, const double* vu, const int* il, const int* iu, const double* abstol, int* m,
                        double* w, double* z, const int* ldz, int* isuppz, double* work, const int* lwork, int* iwork,
                        const int* liwork, int* info, std::size_t, std::size_t, std::size_t);

namespace replearn {

Eigenpairs leading_eigenpairs(RowMatrixD symmetric, Index count) {
  const int n = static_cast<int>(symmetric.rows()), wanted = static_cast<int>(std::min<Index>(count, n));
  if (wanted <= 0) return {{}, RowMatrixD(symmetric.rows(), 0)};
  const int first = n - wanted + 1;  // LAPACK counts from 1, ascending
  const double unused = 0, best_tolerance = 0;
  std::vector<double> values(static_cast<std::size_t>(n));
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
  std::vector<double> work(static_cast<std::size_t>(best_work));
  std::vector<int> iwork(static_cast<std::size_t>(best_iwork));
  call(work.data(), static_cast<int>(work.size()), iwork.data(), best_iwork);
  if (info != 0 || found != wanted) {
    throw std::runtime_error("LAPACK's dsyevr found " + std::to_string(found) + " of " + std::to_string(wanted) +
                             " eigenvalues (info " + std::to_string(info) + ")");
  }
  Eigenpairs pairs{{values.rend() - found, values.rend()}, vectors.rowwise().reverse()};
  return pairs;
}

}  // namespace replearn
