#include "methods/leiden/refinement.hpp"

#include "methods/leiden/community_weights.hpp"
#include "mpi/collectives.hpp"

namespace replearn::leiden {
namespace {

struct Joining {
  std::int32_t node, subset;
  std::int64_t weight;  // between them
};

/// Subsets of communities, the same on every rank.
struct Subsets {
  Communities of;
  std::vector<std::int64_t> masses, outward;  // outward: weight of the edges to the rest of the community
  std::vector<std::int32_t> sizes;

  bool is_alone(Index node) const {
    return sizes[static_cast<std::size_t>(of[static_cast<std::size_t>(node)])] == 1;
  }
  void apply(const Joining& joining) {
    const auto node = static_cast<std::size_t>(joining.node), to = static_cast<std::size_t>(joining.subset);
    outward[to] += outward[node] - 2 * joining.weight;  // a node alone has the number of its subset
    masses[to] += masses[node];
    ++sizes[to];
    sizes[node] = 0;
    of[node] = joining.subset;
  }
};

Subsets single_nodes(const mpi::Communicator& comm, const Graph& graph, const Communities& communities) {
  Subsets subsets;
  subsets.masses = graph.masses;
  subsets.sizes.assign(communities.size(), 1);
  for (std::size_t i = 0; i < communities.size(); ++i) subsets.of.push_back(static_cast<std::int32_t>(i));
  std::vector<std::int64_t> outward;
  for (Index i = 0; i < graph.local_nodes(); ++i) {
    std::int64_t sum = 0;
    const auto own = communities[static_cast<std::size_t>(graph.first() + i)];
    for (Index e = graph.offsets[i]; e < graph.offsets[i + 1]; ++e) {
      if (communities[static_cast<std::size_t>(graph.neighbors[e])] == own) sum += graph.weights[e];
    }
    outward.push_back(sum);
  }
  subsets.outward = mpi::all_gather_v(comm, outward);
  return subsets;
}

}  // namespace

Communities refine(const mpi::Communicator& comm, const Graph& graph, const Objective& objective, std::uint64_t key,
                   const Communities& communities) {
  Subsets subsets = single_nodes(comm, graph, communities);
  std::vector<std::int64_t> community_masses(communities.size());
  for (std::size_t i = 0; i < communities.size(); ++i) {
    community_masses[static_cast<std::size_t>(communities[i])] += graph.masses[i];
  }
  CommunityWeights weights(communities.size());

  // The subset that a node joins, or -1.
  const auto choose = [&](Index local_node) -> Joining {
    const Index node = graph.first() + local_node;
    const auto own = communities[static_cast<std::size_t>(node)];
    const auto whole = static_cast<double>(community_masses[static_cast<std::size_t>(own)]);
    const auto is_well_connected = [&](Index subset) {
      const auto mass = static_cast<double>(subsets.masses[static_cast<std::size_t>(subset)]);
      return static_cast<double>(subsets.outward[static_cast<std::size_t>(subset)]) >=
             objective.factor * mass * (whole - mass);
    };
    Joining best{static_cast<std::int32_t>(node), -1, 0};
    if (!subsets.is_alone(node) || !is_well_connected(node)) return best;
    const auto mass = static_cast<double>(graph.masses[static_cast<std::size_t>(node)]);
    weights.sum(graph, local_node, [&](Index other) {
      const auto j = static_cast<std::size_t>(other);
      return communities[j] == own ? subsets.of[j] : -1;
    });
    double best_gain = 0;
    for (const auto subset : weights.touched()) {
      if (!is_well_connected(subset)) continue;
      const double gain = static_cast<double>(weights[subset]) -
                          objective.factor * mass * static_cast<double>(subsets.masses[static_cast<std::size_t>(subset)]);
      if (gain > best_gain || (gain == best_gain && best.subset >= 0 && subset < best.subset)) {
        best.subset = subset;
        best.weight = weights[subset];
        best_gain = gain;
      }
    }
    return best;
  };

  std::vector<std::uint8_t> marked(static_cast<std::size_t>(graph.local_nodes()), 1), next(marked.size());
  Index visited = graph.nodes();
  for (std::uint64_t round = 0; visited > 0; ++round) {
    const VisitingOrder order(key + round, graph.nodes(), visited);
    Index waiting = 0;
    std::fill(next.begin(), next.end(), std::uint8_t{0});
    for (const auto& part : order.local_parts(graph, marked)) {
      std::vector<Joining> joining;
      for (const auto i : part) {
        const auto chosen = choose(i);
        if (chosen.subset < 0) continue;
        if (order.waits(graph, i)) {
          next[static_cast<std::size_t>(i)] = 1;
          ++waiting;
        } else {
          joining.push_back(chosen);
        }
      }
      if (comm.size() > 1) joining = mpi::all_gather_v(comm, joining);
      for (const auto& one : joining) subsets.apply(one);
    }
    marked.swap(next);
    visited = mpi::all_reduce(comm, waiting, mpi::Reduction::sum);
  }
  renumber(subsets.of);
  return subsets.of;
}

}  // namespace replearn::leiden
