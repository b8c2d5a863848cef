// mpirun -n P bigan_benchmark ROWS COLUMNS DENSITY HIDDEN JUDGE LATENT BATCH STEPS PENALTY [UNIT PIECES]
// Trains ALI on rows drawn at random, DENSITY of their entries above 0 (1: dense; else a sparse matrix), and prints the
// seconds of the slowest rank and rows (cells) a second, after a warm-up of a tenth of the steps. HIDDEN, JUDGE: widths
// of encoder and generator, and of the discriminator: 400,400. PENALTY: none, r1, both. UNIT: leaky (everywhere) or
// toy (ReLU, and maxout of PIECES in the discriminator). Exits with 1 if a weight is no longer finite.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>

#include "base/stopwatch.hpp"
#include "methods/bigan/bigan.hpp"
#include "mpi/collectives.hpp"
#include "mpi/environment.hpp"

namespace {

std::vector<replearn::Index> widths_of(const char* text) {
  std::vector<replearn::Index> widths;
  std::istringstream parts(text);
  for (std::string width; std::getline(parts, width, ',');) widths.push_back(std::stoll(width));
  return widths;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace replearn;
  mpi::Environment environment(argc, argv);
  const auto comm = mpi::Communicator::world();
  if (argc < 10) {
    std::fprintf(stderr, "usage: see the head of bigan_benchmark.cpp\n");
    return 2;
  }
  const Index n = std::atoll(argv[1]), m = std::atoll(argv[2]);
  const double density = std::atof(argv[3]);
  DistributedMatrix dense(RowPartition(n, comm.size()), comm.rank(), m);
  for (Index i = 0; i < dense.local_rows(); ++i) {
    RandomStream stream(1, Purpose::simulate, static_cast<std::uint64_t>(dense.first_row() + i));
    for (Index j = 0; j < m; ++j) {
      if (stream.uniform() < density) dense.local(i, j) = static_cast<float>(std::abs(stream.normal()));
    }
  }
  Matrix x;
  if (density < 1)
    x = to_sparse(dense);
  else
    x = std::move(dense);

  bigan::Options options;
  options.hidden = widths_of(argv[4]);
  options.discriminator_hidden = widths_of(argv[5]);
  options.latent = std::atoll(argv[6]);
  options.batch = std::atoll(argv[7]);
  options.steps = std::atoll(argv[8]);
  options.penalty = std::strcmp(argv[9], "both") == 0 ? bigan::Penalty::both
                    : std::strcmp(argv[9], "r1") == 0 ? bigan::Penalty::encoder_pairs
                                                      : bigan::Penalty::none;
  if (argc > 11 && std::strcmp(argv[10], "toy") == 0) {
    options.unit = bigan::Unit::relu, options.discriminator_unit = bigan::Unit::maxout;
    options.pieces = std::atoll(argv[11]);
  }
  options.eval_every = options.steps;  // one look, at the end
  bigan::State state(comm, x, options);
  const Index warm = options.steps / 10, last = options.steps - 1;
  state.run_until(warm);
  mpi::barrier(comm);
  const auto before = comm.traffic();
  const Stopwatch watch;
  state.run_until(last);
  const double seconds = mpi::all_reduce(comm, watch.seconds(), mpi::Reduction::max);
  const double in_mpi = comm.traffic().seconds - before.seconds;
  double sum = 0;
  for (const float weight : state.weights()) sum += static_cast<double>(weight) * static_cast<double>(weight);
  if (comm.is_root()) {
    const double cells = static_cast<double>((last - warm) * std::min(options.batch, n));
    std::printf("seconds %.4f cells/s %.0f in_mpi %.3f weights %.9g\n", seconds, cells / seconds, in_mpi, sum);
  }
  return std::isfinite(sum) ? 0 : 1;
}
