#include "methods/tsne/memory.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "mpi/collectives.hpp"

namespace replearn::tsne {

MemoryNeed memory_need(Index n, Index columns, const Options& options, int ranks, double stored) {
  const double rows = static_cast<double>(n), q = static_cast<double>(options.dimensions);
  const bool given = options.affinities == AffinityKind::given;
  const double pairs = given ? stored : rows * static_cast<double>(options.neighbors_needed(n));
  MemoryNeed need;
  const double making = (ranks > 1 ? 32 : 16) * pairs;
  if (given) {
    need.shared = 8 * pairs + making;
  } else {
    const double searching = columns > 0 ? 32 * pairs + (256 + 4 * 4 * static_cast<double>(columns)) * rows : 0;
    need.shared = 12 * pairs + 4 * rows * static_cast<double>(columns) + std::max(searching, making);
  }
  need.shared += 40 * q * rows;
  if (options.frames_every > 0) {
    const Index steps = options.early_exaggeration_iterations + options.iterations;
    need.shared += 4 * q * rows * static_cast<double>(steps / options.frames_every + 1);
  }
  need.of_each_rank = process_memory + 40 * rows;
  need.of_each_node = 8 * q * rows;
  const bool tree = options.repulsion == RepulsionMethod::barnes_hut ||
                    (options.repulsion == RepulsionMethod::automatic && options.dimensions == 3);
  if (tree) need.of_each_rank += 100 * rows;
  if (!tree && options.repulsion != RepulsionMethod::exact && options.dimensions == 2) {
    const double nodes = std::clamp(1.5 * std::sqrt(rows), 64.0, 2000.0);
    need.of_each_rank += 4 * nodes * nodes;  // charges
    need.of_each_node += 8 * nodes * nodes;  // forces
    need.shared += 72 * nodes * nodes;       // kernels and spectra
  }
  return need;
}

Index nodes_needed(const MemoryNeed& need, int ranks_of_node, double available) {
  const double left = available - ranks_of_node * need.of_each_rank - need.of_each_node;
  return left <= 0 ? 0 : std::max<Index>(1, static_cast<Index>(std::ceil(need.shared / left)));
}

void require_memory(const mpi::Communicator& comm, const MemoryNeed& need, double available) {
  struct Node {
    double lacks, available;
    int ranks;
  };
  const int ranks = comm.node().size();
  const double needed = need.on_node(ranks, comm.size());
  const auto nodes = mpi::all_gather(comm, Node{needed - available, available, ranks});
  const auto worst =
      *std::max_element(nodes.begin(), nodes.end(), [](const Node& a, const Node& b) { return a.lacks < b.lacks; });
  if (worst.lacks <= 0) return;
  const Index sufficient_nodes = nodes_needed(need, worst.ranks, worst.available);
  const std::string where =
      worst.ranks == 1 ? "a node with one rank" : fmt::format("a node with {} ranks", worst.ranks);
  std::string hint = "lower --perplexity or --affinity-neighbors, or ";
  if (sufficient_nodes > 0) {
    hint += fmt::format("use {} such nodes, {} ranks in all", sufficient_nodes, sufficient_nodes * worst.ranks);
  } else {
    const auto fit = static_cast<Index>((worst.available - need.of_each_node) / need.of_each_rank);
    hint += fit < 1 ? fmt::format("use nodes with more than {}", bytes_text(need.of_each_rank + need.of_each_node))
                    : fmt::format("put fewer ranks on a node, at most {}", std::max<Index>(1, fit / 2));
  }
  throw InputError("", "memory",
                   fmt::format("t-SNE would take about {} on {}, which has {} available",
                               bytes_text(need.on_node(worst.ranks, comm.size())), where, bytes_text(worst.available)),
                   hint);
}

}  // namespace replearn::tsne
