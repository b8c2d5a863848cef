// mpirun -n P neighbors_benchmark ROWS.f32 COLUMNS K METRIC [INDICES.i32 [exact|approximate|auto]]
// Searches the rows of a file (float32, row-major) and prints the seconds of the slowest rank: the search alone, data
// in memory before and the graph in memory after, as the peers' own timings. Writes the n x K neighbors if asked.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "base/stopwatch.hpp"
#include "methods/neighbors/approximate.hpp"
#include "mpi/collectives.hpp"
#include "mpi/environment.hpp"

int main(int argc, char** argv) {
  using namespace replearn;
  mpi::Environment environment(argc, argv);
  const auto comm = mpi::Communicator::world();
  if (argc < 5) {
    std::fprintf(stderr,
                 "usage: neighbors_benchmark ROWS.f32 COLUMNS K METRIC [INDICES.i32 [exact|approximate|auto]]\n");
    return 2;
  }
  const Index columns = std::atoll(argv[2]);
  std::ifstream file(argv[1], std::ios::binary | std::ios::ate);
  if (!file || columns < 1) {
    std::fprintf(stderr, "neighbors_benchmark: cannot read %s\n", argv[1]);
    return 2;
  }
  const Index n = static_cast<Index>(file.tellg()) / (columns * static_cast<Index>(sizeof(float)));
  DistributedMatrix x(RowPartition(n, comm.size()), comm.rank(), columns);
  file.seekg(x.first_row() * columns * static_cast<Index>(sizeof(float)));
  file.read(reinterpret_cast<char*>(x.local.data()), x.local.size() * static_cast<Index>(sizeof(float)));

  neighbors::Options options;
  options.neighbors = std::atoll(argv[3]);
  for (const auto& [name, kind] : metric_names()) {
    if (name == argv[4]) options.metric = kind;
  }
  const std::string method = argc > 6 ? argv[6] : "exact";
  options.method = method == "exact"         ? neighbors::Method::exact
                   : method == "approximate" ? neighbors::Method::approximate
                                             : neighbors::Method::automatic;
  mpi::barrier(comm);
  Stopwatch watch;
  const auto graph = neighbors::find_neighbors(comm, x, options, Log(comm.is_root())).graph;
  const double seconds = mpi::all_reduce(comm, watch.seconds(), mpi::Reduction::max);
  const double memory = mpi::all_reduce(comm, peak_memory_bytes(), mpi::Reduction::max);
  if (comm.is_root()) std::printf("seconds %.4f peak_mb %.0f\n", seconds, memory / 1e6);

  if (argc > 5) {
    const std::vector<std::int32_t> mine(graph.indices.begin(), graph.indices.end());
    const auto all = mpi::gather_v(comm, mine);
    std::ofstream out;
    if (comm.is_root()) out.open(argv[5], std::ios::binary);
    out.write(reinterpret_cast<const char*>(all.data()),
              static_cast<std::streamsize>(all.size() * sizeof(std::int32_t)));
  }
  return 0;
}
