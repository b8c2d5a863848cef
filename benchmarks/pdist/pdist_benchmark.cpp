// mpirun -n P pdist_benchmark ROWS.f32 COLUMNS METRIC P FORM [DISTANCES.f32]
// Measures all pairs of the rows of a file (float32, row-major) and prints the processor seconds of the slowest rank.
// Without a file for them the distances are dropped: the measuring alone.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>

#include "methods/pdist/pdist.hpp"
#include "mpi/collectives.hpp"
#include "mpi/environment.hpp"

int main(int argc, char** argv) {
  using namespace replearn;
  mpi::Environment environment(argc, argv);
  const auto comm = mpi::Communicator::world();
  if (argc < 6) {
    std::fprintf(stderr, "usage: pdist_benchmark ROWS.f32 COLUMNS METRIC P condensed|square [DISTANCES.f32]\n");
    return 2;
  }
  const Index columns = std::atoll(argv[2]);
  std::ifstream file(argv[1], std::ios::binary | std::ios::ate);
  if (!file || columns < 1) {
    std::fprintf(stderr, "pdist_benchmark: cannot read %s\n", argv[1]);
    return 2;
  }
  const Index n = static_cast<Index>(file.tellg()) / (columns * static_cast<Index>(sizeof(float)));
  DistributedMatrix x(RowPartition(n, comm.size()), comm.rank(), columns);
  file.seekg(x.first_row() * columns * static_cast<Index>(sizeof(float)));
  file.read(reinterpret_cast<char*>(x.local.data()), x.local.size() * static_cast<Index>(sizeof(float)));

  pdist::Options options;
  for (const auto& [name, kind] : metric_names()) {
    if (name == argv[3]) options.metric = Metric(kind, std::atof(argv[4]));
  }
  options.form = std::string(argv[5]) == "square" ? pdist::Form::square : pdist::Form::condensed;
  std::ofstream out;
  if (argc > 6) out.open(argv[6], std::ios::binary);
  mpi::barrier(comm);
  const auto begin = std::clock();
  pdist::pdist(comm, x, options, [&](const ArrayBox& box, std::span<const float> values) {
    if (!out.is_open()) return;
    out.seekp(box.begin[0] * static_cast<Index>(sizeof(float)));  // condensed, on one rank
    out.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size_bytes()));
  });
  const double seconds =
      mpi::all_reduce(comm, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, mpi::Reduction::max);
  if (comm.is_root()) std::printf("seconds %.4f\n", seconds);
  return 0;
}
