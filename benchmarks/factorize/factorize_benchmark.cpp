// mpirun -n P factorize_benchmark X.f32 COLUMNS HIDDEN SAMPLE_DIMS GENE_DIMS SAMPLES GENES STEPS [HOLDOUT RATE SEED]
// Trains factorized embeddings on a dense matrix (float32, row-major) for STEPS steps of SAMPLES x GENES entries (0:
// all) and prints the seconds of the slowest rank, entries a second, and the loss. HIDDEN: 250,75,50. After a warm-up
// of a tenth of the steps. With HOLDOUT: held-out figures as well.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "base/stopwatch.hpp"
#include "methods/factorize/factorize.hpp"
#include "mpi/collectives.hpp"
#include "mpi/environment.hpp"

int main(int argc, char** argv) {
  using namespace replearn;
  mpi::Environment environment(argc, argv);
  const auto comm = mpi::Communicator::world();
  if (argc < 9) {
    std::fprintf(stderr, "usage: see the head of factorize_benchmark.cpp\n");
    return 2;
  }
  const Index columns = std::atoll(argv[2]);
  std::ifstream file(argv[1], std::ios::binary | std::ios::ate);
  if (!file || columns < 1) {
    std::fprintf(stderr, "factorize_benchmark: cannot read %s\n", argv[1]);
    return 2;
  }
  const Index n = static_cast<Index>(file.tellg()) / (columns * static_cast<Index>(sizeof(float)));
  DistributedMatrix x(RowPartition(n, comm.size()), comm.rank(), columns);
  file.seekg(x.first_row() * columns * static_cast<Index>(sizeof(float)));
  file.read(reinterpret_cast<char*>(x.local.data()), x.local.size() * static_cast<Index>(sizeof(float)));

  factorize::Options options;
  options.hidden.clear();
  std::istringstream widths(argv[3]);
  for (std::string width; std::getline(widths, width, ',');) options.hidden.push_back(std::stoll(width));
  options.sample_dims = std::atoll(argv[4]);
  options.gene_dims = std::atoll(argv[5]);
  options.batch_samples = std::atoll(argv[6]);
  options.batch_genes = std::atoll(argv[7]);
  options.steps = std::atoll(argv[8]);
  options.holdout = argc > 9 ? std::atof(argv[9]) : 0;
  if (argc > 10) options.optimizer.learning_rate = std::atof(argv[10]);
  if (argc > 11) options.seed = static_cast<std::uint64_t>(std::atoll(argv[11]));
  const Matrix matrix(std::move(x));
  factorize::State state(comm, matrix, options);
  const Index warm = options.steps / 10;
  state.run_until(warm);
  mpi::barrier(comm);
  const auto before = comm.traffic();
  const Stopwatch watch;
  state.run_until(options.steps);
  const double seconds = mpi::all_reduce(comm, watch.seconds(), mpi::Reduction::max);
  const double in_mpi = comm.traffic().seconds - before.seconds;
  const Index samples = options.batch_samples > 0 ? options.batch_samples : n;
  const Index genes = options.batch_genes > 0 ? options.batch_genes : columns;
  if (comm.is_root()) {
    const double entries = static_cast<double>((options.steps - warm) * samples * genes);
    std::printf("seconds %.4f entries/s %.0f in_mpi %.3f loss %.6f", seconds, entries / seconds, in_mpi,
                state.curves().training_loss.back());
    if (options.holdout > 0) {
      std::printf(" held_out_loss %.6f r2 %.5f pearson %.5f gene_mean_r2 %.5f", state.curves().held_out_loss.back(),
                  state.curves().held_out_r2.back(), state.curves().held_out_pearson.back(), state.gene_mean_r2());
    }
    std::printf("\n");
  }
  return 0;
}
