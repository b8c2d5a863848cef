#include "methods/leiden/leiden.hpp"

#include <algorithm>
#include <memory>
#include <numeric>

#include "base/random.hpp"
#include "methods/leiden/aggregation.hpp"
#include "methods/leiden/components.hpp"
#include "methods/leiden/local_moves.hpp"
#include "methods/leiden/refinement.hpp"
#include "mpi/collectives.hpp"

namespace replearn::leiden {
namespace {

constexpr int patience = 3;  // iterations without improvement, each with another order, before `iterations = 0` ends
constexpr std::uint64_t max_rounds_per_phase = 1u << 20;  // keys of the phases differ by this

/// A graph and the ranks over which it is distributed.
struct Level {
  const mpi::Communicator* comm;
  const Graph* graph;
};

/// One iteration, from `of` as the communities to start from. comm: over which the base is distributed, or self.
void iterate(const mpi::Communicator& comm, const mpi::Communicator& self, const Graph& base,
             const Objective& objective, std::uint64_t key, Communities& of) {
  Level level{&comm, &base};
  std::unique_ptr<Graph> owned;
  Communities node_of(of.size());  // node of the current graph for each node of the base
  std::iota(node_of.begin(), node_of.end(), 0);
  Communities communities = of;
  while (true) {
    move_nodes(*level.comm, *level.graph, objective, key += max_rounds_per_phase, communities);
    Communities numbered = communities;
    const Index count = renumber(numbered);
    if (count == level.graph->nodes()) break;
    const auto subsets = refine(*level.comm, *level.graph, objective, key += max_rounds_per_phase, communities);
    const Index subset_count = 1 + *std::max_element(subsets.begin(), subsets.end());
    if (subset_count == level.graph->nodes()) break;

    auto coarse = std::make_unique<Graph>(aggregate(*level.comm, *level.graph, subsets, subset_count));
    Communities of_subsets(static_cast<std::size_t>(subset_count));
    for (std::size_t i = 0; i < subsets.size(); ++i) of_subsets[static_cast<std::size_t>(subsets[i])] = numbered[i];
    for (auto& node : node_of) node = subsets[static_cast<std::size_t>(node)];
    communities = std::move(of_subsets);
    if (level.comm != &self && coarse->nodes() <= small_graph) {
      *coarse = gather(comm, *coarse);
      level.comm = &self;
    }
    owned = std::move(coarse);
    level.graph = owned.get();
  }
  for (std::size_t i = 0; i < of.size(); ++i) of[i] = communities[static_cast<std::size_t>(node_of[i])];
}

/// Weight inside communities, each edge counted at both ends, and the sum of their squared masses.
struct Sums {
  std::int64_t inside = 0;
  double squares = 0;
};

Sums sums_of(const mpi::Communicator& comm, const Graph& graph, const Communities& of) {
  Sums sums;
  for (Index i = 0; i < graph.local_nodes(); ++i) {
    for (Index e = graph.offsets[i]; e < graph.offsets[i + 1]; ++e) {
      const auto other = static_cast<std::size_t>(graph.neighbors[e]);
      if (of[static_cast<std::size_t>(graph.first() + i)] == of[other]) sums.inside += graph.weights[e];
    }
  }
  sums.inside = mpi::all_reduce(comm, sums.inside, mpi::Reduction::sum);
  std::vector<std::int64_t> masses(of.size());
  for (std::size_t i = 0; i < of.size(); ++i) masses[static_cast<std::size_t>(of[i])] += graph.masses[i];
  for (const auto mass : masses) sums.squares += static_cast<double>(mass) * static_cast<double>(mass);
  return sums;
}

double quality_of(const Sums& sums, const Weighted& weighted, const Options& options) {
  const auto total = static_cast<double>(weighted.total), inside = static_cast<double>(sums.inside);
  if (options.quality == Quality::modularity) {
    return inside / total - options.resolution * (sums.squares / (total * total));
  }
  const auto n = static_cast<double>(weighted.graph.nodes());
  return inside / (2 * weighted.scale) - options.resolution * (sums.squares - n) / 2;
}

void order_by_size(Communities& of, Index count) {
  std::vector<Index> sizes(static_cast<std::size_t>(count));
  for (const auto community : of) ++sizes[static_cast<std::size_t>(community)];
  std::vector<std::int32_t> order(sizes.size()), number(sizes.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
    return sizes[static_cast<std::size_t>(a)] > sizes[static_cast<std::size_t>(b)];
  });
  for (std::size_t k = 0; k < order.size(); ++k) number[static_cast<std::size_t>(order[k])] = static_cast<std::int32_t>(k);
  for (auto& community : of) community = number[static_cast<std::size_t>(community)];
}

}  // namespace

Results leiden(const mpi::Communicator& comm, const SparseRows& weights, const Options& options) {
  options.validate();
  Weighted weighted = weighted_graph(comm, weights, options.quality);
  const mpi::Communicator self = comm.split(comm.rank());
  if (weighted.graph.nodes() <= small_graph) weighted.graph = gather(comm, weighted.graph);
  const Graph& graph = weighted.graph;
  const mpi::Communicator& ranks = graph.nodes() <= small_graph ? self : comm;
  const Objective objective{options.quality == Quality::modularity
                                ? options.resolution / static_cast<double>(weighted.total)
                                : options.resolution * weighted.scale};

  Results results;
  results.communities.resize(static_cast<std::size_t>(graph.nodes()));
  std::iota(results.communities.begin(), results.communities.end(), 0);
  results.quality = quality_of(sums_of(ranks, graph, results.communities), weighted, options);
  int without_improvement = 0;
  while (options.iterations == 0 ? without_improvement < patience : results.iterations < options.iterations) {
    Communities next = results.communities;
    RandomStream keys(options.seed, Purpose::leiden_order, static_cast<std::uint64_t>(results.iterations));
    std::uint64_t key = keys.next_u32();
    key = key << 32 | keys.next_u32();
    iterate(ranks, self, graph, objective, key, next);
    next = connected_parts(ranks, graph, next);
    const double quality = quality_of(sums_of(ranks, graph, next), weighted, options);
    ++results.iterations;
    const bool improved = quality > results.quality;
    if (improved) {
      results.communities = std::move(next);
      results.quality = quality;
    }
    without_improvement = improved ? 0 : without_improvement + 1;
  }
  results.count = renumber(results.communities);
  order_by_size(results.communities, results.count);
  return results;
}

}  // namespace replearn::leiden
