// Principal components inside a program of one's own, which starts MPI itself and decides who takes part.
//
//     cmake --install build/release --prefix ~/replearn          (in replearn's folder)
//     cmake -S examples/pca_from_cpp -B build/example -DCMAKE_PREFIX_PATH=~/replearn && cmake --build build/example
//     mpirun -n 2 build/example/pca_from_cpp
#include <mpi.h>

#include <cmath>
#include <cstdio>
#include <exception>
#include <numbers>

#include "methods/pca/pca.hpp"

namespace {

using replearn::Index;

/// My rows of an n x m matrix of cosines: column j goes through j + 1 periods with amplitude (m - j) sqrt(2). So the
/// columns are orthogonal, their means are 0 and their variances (m - j)^2 n / (n - 1): they are the components.
replearn::DistributedMatrix cosines(const replearn::mpi::Communicator& comm, Index n, Index m) {
  replearn::DistributedMatrix x(replearn::RowPartition(n, comm.size()), comm.rank(), m);
  for (Index i = 0; i < x.local_rows(); ++i) {
    const double turn = 2 * std::numbers::pi * static_cast<double>(x.first_row() + i) / static_cast<double>(n);
    for (Index j = 0; j < m; ++j) {
      const double amplitude = static_cast<double>(m - j) * std::numbers::sqrt2;
      x.local(i, j) = static_cast<float>(amplitude * std::cos(static_cast<double>(j + 1) * turn));
    }
  }
  return x;
}

void print_components(MPI_Comm ours) {
  // A duplicate: replearn's messages cannot be mixed up with ours. Freed at the end of the scope.
  const auto comm = replearn::mpi::Communicator::duplicate(ours);
  replearn::pca::Options options;
  options.components = 3;
  const auto results = replearn::pca::pca(comm, cosines(comm, 1000, 8), options);
  if (!comm.is_root()) return;
  for (std::size_t k = 0; k < results.variance.size(); ++k) {
    std::printf("component %zu: variance %.6f, %.2f %% of all\n", k + 1, results.variance[k],
                100 * results.variance_ratio[k]);
  }
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int exit_code = 0;
  try {
    print_components(MPI_COMM_WORLD);
  } catch (const std::exception& error) {  // what is wrong with options or data is thrown on all ranks alike
    std::fprintf(stderr, "%s\n", error.what());
    exit_code = 1;
  }
  MPI_Finalize();
  return exit_code;
}
