// t-SNE on a part of the ranks: the ranks of a program are split into two halves, and each maps data of its own.
//
//     cmake --install build/release --prefix ~/replearn          (in replearn's folder)
//     cmake -S examples/tsne_of_half -B build/example -DCMAKE_PREFIX_PATH=~/replearn && cmake --build build/example
//     mpirun -n 4 build/example/tsne_of_half
#include <cstdio>
#include <exception>

#include "app/tsne/tsne.hpp"
#include "base/random.hpp"
#include "mpi/environment.hpp"

namespace {

using namespace replearn;

/// My rows of n x m normal random numbers, in two groups whose means are 8 apart; even rows belong to the first.
DistributedMatrix two_groups(const mpi::Communicator& comm, Index n, Index m, std::uint64_t seed) {
  DistributedMatrix x(RowPartition(n, comm.size()), comm.rank(), m);
  for (Index i = 0; i < x.local_rows(); ++i) {
    const Index row = x.first_row() + i;
    RandomStream random(seed, Purpose::simulate, static_cast<std::uint64_t>(row));
    for (Index j = 0; j < m; ++j) x.local(i, j) = static_cast<float>(random.normal());
    x.local(i, 0) += row % 2 == 0 ? 0.0f : 8.0f;
  }
  return x;
}

/// A map of the data, in five lines: a session, the data, the settings, the step, its result.
DistributedMatrix map_of(const mpi::Communicator& comm, DistributedMatrix x) {
  app::Session session(comm, {.quiet = true});
  app::Workspace work(session, ExpressionMatrix{std::move(x), {}, {}});
  app::TsneSettings settings;
  settings.method.perplexity = {20};
  tsne_step(work, settings);
  return *work.embedding("X_tsne");
}

/// Fraction of the points whose nearest point in the map belongs to the same group. Root.
double same_group(const RowMatrix& map) {
  Index same = 0;
  for (Index i = 0; i < map.rows(); ++i) {
    Index nearest = -1;
    for (Index j = 0; j < map.rows(); ++j) {
      if (j == i) continue;
      if (nearest < 0 || (map.row(i) - map.row(j)).squaredNorm() < (map.row(i) - map.row(nearest)).squaredNorm())
        nearest = j;
    }
    same += (i - nearest) % 2 == 0;
  }
  return static_cast<double>(same) / static_cast<double>(map.rows());
}

}  // namespace

int main(int argc, char** argv) {
  mpi::Environment environment(argc, argv);
  const auto world = mpi::Communicator::world();
  try {
    const int half = world.rank() * 2 / world.size();
    const auto comm = world.split(half);
    const auto map = gather_rows(comm, map_of(comm, two_groups(comm, 400, 10, static_cast<std::uint64_t>(half))));
    if (comm.is_root()) {
      std::printf("half %d, %d ranks: %lld points, %.1f %% next to their own group\n", half, comm.size(),
                  static_cast<long long>(map.rows()), 100 * same_group(map));
    }
    return 0;
  } catch (const std::exception& error) {  // errors of options or data are thrown on all ranks alike
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
