#include "methods/word2vec/huffman.hpp"

#include <algorithm>
#include <vector>

namespace replearn::word2vec {
namespace {

struct Tree {
  std::vector<std::size_t> begins;
  std::vector<std::int32_t> nodes;
  std::vector<std::uint8_t> bits;
  Index longest = 0;
};

Tree tree_of(std::span<const Index> counts) {
  Tree tree;
  auto& [begins, nodes, bits, longest] = tree;

  // Two queues suffice for sorted counts (van Leeuwen 1976): leaves from the rarest, and inner nodes, which are created
  // in ascending order. Nodes: leaves 0..V-1, inner ones V..2V-2, the root last.
  const auto v = counts.size();
  std::vector<Index> weight(counts.begin(), counts.end());
  weight.resize(2 * v - 1);
  std::vector<std::size_t> parent(2 * v - 1);
  std::vector<std::uint8_t> bit(2 * v - 1);
  std::size_t leaf = v, inner = v;
  for (std::size_t made = v; made < 2 * v - 1; ++made) {
    const auto lightest = [&] {
      const bool take_leaf = leaf > 0 && (inner >= made || weight[leaf - 1] < weight[inner]);
      return take_leaf ? --leaf : inner++;
    };
    const auto first = lightest(), second = lightest();
    weight[made] = weight[first] + weight[second];
    parent[first] = parent[second] = made;
    bit[second] = 1;
  }
  const std::size_t root = 2 * v - 2;
  begins.push_back(0);
  for (std::size_t word = 0; word < v; ++word) {
    for (std::size_t node = word; node != root; node = parent[node]) {
      nodes.push_back(static_cast<std::int32_t>(root - parent[node]));
      bits.push_back(bit[node]);
    }
    const auto begin = static_cast<std::ptrdiff_t>(begins.back());
    std::reverse(nodes.begin() + begin, nodes.end());
    std::reverse(bits.begin() + begin, bits.end());
    begins.push_back(nodes.size());
    longest = std::max(longest, static_cast<Index>(nodes.size()) - begin);
  }
  return tree;
}

}  // namespace

Huffman::Huffman(const mpi::Communicator& node, std::span<const Index> counts) {
  const Tree tree = node.is_root() ? tree_of(counts) : Tree();
  begins_ = mpi::NodeCopy<std::size_t>(node, tree.begins);
  nodes_ = mpi::NodeCopy<std::int32_t>(node, tree.nodes);
  bits_ = mpi::NodeCopy<std::uint8_t>(node, tree.bits);
  longest_ = mpi::broadcast(node, tree.longest);
}

}  // namespace replearn::word2vec
