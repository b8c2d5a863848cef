#include "methods/leiden/local_moves.hpp"

#include <algorithm>

#include "methods/leiden/community_weights.hpp"
#include "mpi/collectives.hpp"

namespace replearn::leiden {
namespace {

constexpr int max_rounds = 100;  // simultaneous moves could alternate forever
constexpr Index few = 1000;  // of a large graph, fewer than 1 / 1000 of the nodes are left to the next iteration
constexpr std::int32_t new_community = -1;

struct Move {
  std::int32_t node, to;
};

/// Communities with what a move needs to know of them, the same on every rank.
class MovingCommunities {
 public:
  MovingCommunities(const Graph& graph, Communities& of)
      : graph_(graph), of_(of), masses_(of.size()), sizes_(of.size()) {
    for (std::size_t i = 0; i < of.size(); ++i) {
      masses_[static_cast<std::size_t>(of[i])] += graph.masses[i];
      ++sizes_[static_cast<std::size_t>(of[i])];
    }
    for (std::size_t c = of.size(); c-- > 0;) {
      if (sizes_[c] == 0) free_.push_back(static_cast<std::int32_t>(c));
    }
  }

  std::int32_t of(Index node) const { return of_[static_cast<std::size_t>(node)]; }
  std::int64_t mass(std::int32_t community) const { return masses_[static_cast<std::size_t>(community)]; }
  bool is_alone(Index node) const { return sizes_[static_cast<std::size_t>(of(node))] == 1; }

  /// Moves by ascending node. Sets where each has gone.
  void apply(std::vector<Move>& moves) {
    left_.clear();
    for (auto& move : moves) {
      const auto node = static_cast<std::size_t>(move.node);
      if (move.to == new_community) {
        if (is_alone(move.node)) {  // the others have left at the same time
          move.to = of_[node];
          continue;
        }
        move.to = free_.back();
        free_.pop_back();
      }
      left_.push_back(of_[node]);
      masses_[static_cast<std::size_t>(of_[node])] -= graph_.masses[node];
      --sizes_[static_cast<std::size_t>(of_[node])];
      masses_[static_cast<std::size_t>(move.to)] += graph_.masses[node];
      ++sizes_[static_cast<std::size_t>(move.to)];
      of_[node] = move.to;
    }
    std::sort(left_.begin(), left_.end());
    left_.erase(std::unique(left_.begin(), left_.end()), left_.end());
    for (const auto community : left_) {
      if (sizes_[static_cast<std::size_t>(community)] == 0) free_.push_back(community);
    }
  }

 private:
  const Graph& graph_;
  Communities& of_;
  std::vector<std::int64_t> masses_;
  std::vector<std::int32_t> sizes_, free_, left_;
};

/// Where a node should go; its own community if nowhere is better.
std::int32_t best_community(const Graph& graph, Index local_node, const Objective& objective,
                            const MovingCommunities& communities, CommunityWeights& weights) {
  const Index node = graph.first() + local_node;
  const auto own = communities.of(node);
  const auto mass = static_cast<double>(graph.masses[static_cast<std::size_t>(node)]);
  const auto gain = [&](std::int64_t weight, double others) {
    return static_cast<double>(weight) - objective.factor * mass * others;
  };
  weights.sum(graph, local_node, [&](Index other) { return communities.of(other); });
  std::int32_t best = own;
  double best_gain = gain(weights[own], static_cast<double>(communities.mass(own)) - mass);
  for (const auto community : weights.touched()) {
    if (community == own) continue;
    const double here = gain(weights[community], static_cast<double>(communities.mass(community)));
    if (here > best_gain || (here == best_gain && best != own && community < best)) {
      best = community;
      best_gain = here;
    }
  }
  return best_gain < 0 && !communities.is_alone(node) ? new_community : best;
}

/// Marks the neighbors of moved nodes outside of their new communities, also those of other ranks.
class Revisits {
 public:
  Revisits(const mpi::Communicator& comm, const Graph& graph)
      : comm_(comm), graph_(graph), remote_(static_cast<std::size_t>(comm.size())) {}

  void add(const Move& move, const MovingCommunities& communities, std::vector<std::uint8_t>& marked) {
    const Index begin = graph_.first(), end = begin + graph_.local_nodes();
    if (move.node < begin || move.node >= end) return;
    const auto i = static_cast<std::size_t>(move.node - begin);
    for (Index e = graph_.offsets[i]; e < graph_.offsets[i + 1]; ++e) {
      const Index other = graph_.neighbors[e];
      if (communities.of(other) == move.to) continue;
      if (other >= begin && other < end) {
        marked[static_cast<std::size_t>(other - begin)] = 1;
      } else {
        remote_[static_cast<std::size_t>(graph_.partition.owner(other))].push_back(static_cast<std::int32_t>(other));
      }
    }
  }

  void exchange(std::vector<std::uint8_t>& marked) {
    if (comm_.size() == 1) return;
    for (auto& nodes : remote_) {
      std::sort(nodes.begin(), nodes.end());
      nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    }
    for (const auto& nodes : mpi::all_to_all_v(comm_, remote_)) {
      for (const auto node : nodes) marked[static_cast<std::size_t>(node - graph_.first())] = 1;
    }
    for (auto& nodes : remote_) nodes.clear();
  }

 private:
  const mpi::Communicator& comm_;
  const Graph& graph_;
  std::vector<std::vector<std::int32_t>> remote_;
};

}  // namespace

void move_nodes(const mpi::Communicator& comm, const Graph& graph, const Objective& objective, std::uint64_t key,
                Communities& of) {
  MovingCommunities communities(graph, of);
  CommunityWeights weights(of.size());
  Revisits revisits(comm, graph);
  std::vector<std::uint8_t> marked(static_cast<std::size_t>(graph.local_nodes()), 1), next(marked.size());
  Index visited = graph.nodes();
  for (int round = 0; round < max_rounds; ++round) {
    const VisitingOrder order(key + static_cast<std::uint64_t>(round), graph.nodes(), visited);
    std::fill(next.begin(), next.end(), std::uint8_t{0});
    for (const auto& part : order.local_parts(graph, marked)) {
      std::vector<Move> moves;
      for (const auto i : part) {
        const auto best = best_community(graph, i, objective, communities, weights);
        if (best == communities.of(graph.first() + i)) continue;
        if (order.waits(graph, i)) {
          next[static_cast<std::size_t>(i)] = 1;
        } else {
          moves.push_back({static_cast<std::int32_t>(graph.first() + i), best});
        }
      }
      if (comm.size() > 1) moves = mpi::all_gather_v(comm, moves);
      communities.apply(moves);
      for (const auto& move : moves) revisits.add(move, communities, next);
    }
    revisits.exchange(next);
    marked.swap(next);
    visited = 0;
    for (const auto mark : marked) visited += mark;
    visited = mpi::all_reduce(comm, visited, mpi::Reduction::sum);
    if (visited * few <= graph.nodes() && (visited == 0 || graph.nodes() > small_graph)) return;
  }
}

}  // namespace replearn::leiden
