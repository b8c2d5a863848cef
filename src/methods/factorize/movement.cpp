#include "methods/factorize/movement.hpp"

#include <cmath>

#include "mpi/collectives.hpp"

namespace replearn::factorize {
namespace {

/// From the sums of squares of |z - z'| and |z - mean z|.
double movement(double moved, double around_mean) {
  return around_mean > 0 ? std::sqrt(moved / around_mean) : 0;
}

}  // namespace

double movement_of_samples(const mpi::Communicator& comm, const DistributedMatrix& samples, const RowMatrix& before) {
  const Index q = samples.columns();
  const auto moved_at = static_cast<std::size_t>(q), square_at = moved_at + 1;
  std::vector<double> sums(square_at + 1, 0.0);  // of each column; then of |z - z'|^2 and |z|^2
  for (Index i = 0; i < samples.local_rows(); ++i) {
    for (Index k = 0; k < q; ++k) {
      const double z = samples.local(i, k), moved = z - static_cast<double>(before(i, k));
      sums[k] += z;
      sums[moved_at] += moved * moved;
      sums[square_at] += z * z;
    }
  }
  mpi::all_reduce(comm, std::span<double>(sums), mpi::Reduction::sum);
  double of_means = 0;
  for (std::size_t k = 0; k < moved_at; ++k) of_means += sums[k] * sums[k];
  return movement(sums[moved_at], sums[square_at] - of_means / static_cast<double>(samples.rows()));
}

double movement_of_genes(const RowMatrix& genes, const RowMatrix& before) {
  const RowMatrixD z = genes.cast<double>();
  return movement((z - before.cast<double>()).squaredNorm(), (z.rowwise() - z.colwise().mean()).squaredNorm());
}

}  // namespace replearn::factorize
