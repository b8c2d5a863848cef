// mpirun -n P vae_benchmark PREFIX COLUMNS LIKELIHOOD BATCH STEPS
// Trains scVI's model (one hidden layer of 128, 10 latents) on sparse counts for STEPS steps of BATCH cells and prints
// the seconds of the slowest rank, cells a second, and the last epoch's bound. PREFIX.indptr (int64), PREFIX.indices
// (int32), PREFIX.values (float32): the matrix in CSR. LIKELIHOOD: nb or zinb. After a warm-up of a tenth of the steps.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "base/stopwatch.hpp"
#include "methods/vae/vae.hpp"
#include "mpi/collectives.hpp"
#include "mpi/environment.hpp"

namespace {

template <class T>
std::vector<T> read(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::vector<T> values(file ? static_cast<std::size_t>(file.tellg()) / sizeof(T) : 0);
  file.seekg(0);
  file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
  return values;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace replearn;
  mpi::Environment environment(argc, argv);
  const auto comm = mpi::Communicator::world();
  if (argc < 6) {
    std::fprintf(stderr, "usage: see the head of vae_benchmark.cpp\n");
    return 2;
  }
  const std::string prefix = argv[1];
  const auto indptr = read<Index>(prefix + ".indptr");
  const auto indices = read<std::int32_t>(prefix + ".indices");
  const auto values = read<float>(prefix + ".values");
  if (indptr.size() < 2 || indices.size() != values.size()) {
    std::fprintf(stderr, "vae_benchmark: cannot read %s\n", prefix.c_str());
    return 2;
  }
  SparseRows x;
  x.partition = RowPartition(static_cast<Index>(indptr.size()) - 1, comm.shares());
  x.rank = comm.rank();
  x.columns = std::atoll(argv[2]);
  const Index first = indptr[static_cast<std::size_t>(x.first_row())];
  for (Index i = x.partition.begin(x.rank) + 1; i <= x.partition.end(x.rank); ++i) {
    x.offsets.push_back(indptr[static_cast<std::size_t>(i)] - first);
  }
  x.indices.assign(indices.begin() + first, indices.begin() + first + x.offsets.back());
  x.values.assign(values.begin() + first, values.begin() + first + x.offsets.back());

  vae::Options options;
  options.likelihood =
      std::string(argv[3]) == "zinb" ? vae::Likelihood::zero_inflated : vae::Likelihood::negative_binomial;
  options.batch = std::atoll(argv[4]);
  options.holdout = 0;
  options.epochs = 100000;
  const Index steps = std::atoll(argv[5]), warm = steps / 10;
  const Matrix matrix(std::move(x));
  vae::State state(comm, matrix, {}, {}, options);
  state.run_until(warm);
  mpi::barrier(comm);
  const auto before = comm.traffic();
  const Stopwatch watch;
  state.run_until(steps);
  const double seconds = mpi::all_reduce(comm, watch.seconds(), mpi::Reduction::max);
  const double in_mpi = comm.traffic().seconds - before.seconds;
  if (comm.is_root()) {
    const double cells = static_cast<double>(steps - warm) * static_cast<double>(rows(matrix)) /
                         static_cast<double>(state.steps_per_epoch());
    std::printf("seconds %.4f cells/s %.0f in_mpi %.3f loss %.4f\n", seconds, cells / seconds, in_mpi,
                state.progress().loss);
  }
  return 0;
}
