#include "methods/map_quality/label_scores.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "mpi/collectives.hpp"

namespace replearn::map_quality {
namespace {

double choose_two(Index count) { return static_cast<double>(count) * static_cast<double>(count - 1) / 2; }

double entropy_of(const std::vector<Index>& sizes, Index all) {
  double entropy = 0;
  for (const Index size : sizes) {
    const double share = static_cast<double>(size) / static_cast<double>(all);
    if (size > 0) entropy -= share * std::log(share);
  }
  return entropy;
}

/// Sizes of the strongly connected components of a directed graph, by Tarjan's algorithm (1972) without recursion.
class Components {
 public:
  /// k edges per node: targets[node * k] and following; those at or below -1 do not exist.
  Components(const std::vector<std::int32_t>& targets, Index k, Index nodes)
      : targets_(targets), k_(k), order_(nodes, 0), low_(nodes, 0), component(nodes, -1) {
    for (Index node = 0; node < nodes; ++node) {
      if (order_[node] == 0) explore(static_cast<std::int32_t>(node));
    }
  }

 private:
  struct Call {
    std::int32_t node;
    Index edge;
  };

  void enter(std::int32_t node) {
    order_[node] = low_[node] = ++entered_;
    open_.push_back(node);
    calls_.push_back({node, 0});
  }

  void explore(std::int32_t start) {
    enter(start);
    while (!calls_.empty()) {
      const auto [node, edge] = calls_.back();
      if (edge < k_) {
        ++calls_.back().edge;
        const auto target = targets_[node * k_ + edge];
        if (target < 0) continue;
        if (order_[target] == 0)
          enter(target);
        else if (component[target] < 0)
          low_[node] = std::min(low_[node], order_[target]);
        continue;
      }
      calls_.pop_back();
      if (!calls_.empty()) low_[calls_.back().node] = std::min(low_[calls_.back().node], low_[node]);
      if (low_[node] == order_[node]) close(node);
    }
  }

  /// All nodes entered since `first` and still open form a component.
  void close(std::int32_t first) {
    for (std::int32_t node = -1; node != first;) {
      node = open_.back();
      open_.pop_back();
      component[node] = found_;
    }
    ++found_;
  }

  const std::vector<std::int32_t>& targets_;
  Index k_;
  std::vector<Index> order_, low_;  // by time of entry, from 1
  Index entered_ = 0;
  std::int32_t found_ = 0;
  std::vector<std::int32_t> open_;
  std::vector<Call> calls_;

 public:
  std::vector<std::int32_t> component;
};

}  // namespace

std::vector<double> label_accuracy(const mpi::Communicator& comm, const NeighborLists& neighbors, Index first_row,
                                   const Labels& labels, const std::vector<Index>& k) {
  std::vector<Index> right(k.size(), 0), votes(labels.count);
  for (Index i = 0; i < neighbors.rows(); ++i) {
    const auto own = labels.codes[first_row + i];
    if (own < 0) continue;
    const auto list = neighbors.of(i);
    std::fill(votes.begin(), votes.end(), 0);
    std::size_t at = 0;
    for (std::size_t which = 0; which < k.size(); ++which) {
      for (; at < std::min<std::size_t>(k[which], list.size()); ++at) {
        const auto code = labels.codes[list[at].row];
        if (code >= 0) ++votes[code];
      }
      const auto winner = std::max_element(votes.begin(), votes.end());
      right[which] += *winner > 0 && winner - votes.begin() == own ? 1 : 0;
    }
  }
  mpi::all_reduce(comm, std::span<Index>(right), mpi::Reduction::sum);
  Index labeled = 0;
  for (const Index size : labels.sizes()) labeled += size;
  std::vector<double> accuracy;
  for (const Index count : right) accuracy.push_back(static_cast<double>(count) / static_cast<double>(labeled));
  return accuracy;
}

ClusteringAgreement compare_clustering(const Labels& labels, const Labels& clusters) {
  std::map<std::pair<std::int32_t, std::int32_t>, Index> table;
  std::vector<Index> of_label(labels.count, 0), of_cluster(clusters.count, 0);
  Index all = 0;
  for (std::size_t i = 0; i < labels.codes.size(); ++i) {
    const auto a = labels.codes[i], b = clusters.codes[i];
    if (a < 0 || b < 0) continue;
    ++table[{a, b}], ++of_label[a], ++of_cluster[b], ++all;
  }
  if (all == 0) return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};

  double both = 0, same_label = 0, same_cluster = 0, information = 0;
  for (const auto& [cell, count] : table) {
    const auto share = static_cast<double>(count) / static_cast<double>(all);
    both += choose_two(count);
    information += share * (std::log(static_cast<double>(count) * static_cast<double>(all)) -
                            std::log(static_cast<double>(of_label[cell.first]) *
                                     static_cast<double>(of_cluster[cell.second])));
  }
  for (const Index size : of_label) same_label += choose_two(size);
  for (const Index size : of_cluster) same_cluster += choose_two(size);
  const double expected = all > 1 ? same_label * same_cluster / choose_two(all) : 0;
  const double largest = (same_label + same_cluster) / 2;
  const double entropy = (entropy_of(of_label, all) + entropy_of(of_cluster, all)) / 2;
  // Both are 1 for equal partitions, also for trivial ones.
  return {largest == expected ? 1 : (both - expected) / (largest - expected),
          entropy == 0 ? 1 : std::max(0.0, information) / entropy};
}

double graph_connectivity(const mpi::Communicator& comm, const NeighborLists& neighbors, Index k, const Labels& labels) {
  std::vector<std::int32_t> mine;
  for (Index i = 0; i < neighbors.rows(); ++i) {
    const auto list = neighbors.of(i);
    for (Index at = 0; at < k; ++at) {
      mine.push_back(at < std::ssize(list) ? static_cast<std::int32_t>(list[at].row) : -1);
    }
  }
  auto targets = mpi::gather_v(comm, mine);
  double result = 0;
  if (comm.is_root()) {
    const auto n = std::ssize(labels.codes);
    for (Index i = 0; i < n; ++i) {
      for (Index at = i * k; at < (i + 1) * k; ++at) {
        if (targets[at] >= 0 && labels.codes[targets[at]] != labels.codes[i]) targets[at] = -1;
      }
    }
    const Components found(targets, k, n);
    // Every component is within one label.
    std::map<std::int32_t, Index> sizes;
    std::vector<Index> largest(labels.count, 0);
    for (Index i = 0; i < n; ++i) {
      const auto label = labels.codes[i];
      if (label >= 0) largest[label] = std::max(largest[label], ++sizes[found.component[i]]);
    }
    const auto all = labels.sizes();
    for (Index label = 0; label < labels.count; ++label) {
      result += static_cast<double>(largest[label]) / static_cast<double>(all[label]);
    }
    result /= static_cast<double>(labels.count);
  }
  return mpi::broadcast(comm, result);
}

}  // namespace replearn::map_quality
