#include "methods/word2vec/huffman.hpp"

#include <algorithm>

namespace replearn::word2vec {

Huffman::Huffman(std::span<const Index> counts) {
  // Two queues suffice where counts are sorted (van Leeuwen 1976): leaves from the rarest on, and inner nodes, which
  // are made in ascending order. Nodes: leaves 0..V-1, inner ones V..2V-2, the root last.
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
  begins_.push_back(0);
  for (std::size_t word = 0; word < v; ++word) {
    for (std::size_t node = word; node != root; node = parent[node]) {
      nodes_.push_back(static_cast<std::int32_t>(root - parent[node]));
      bits_.push_back(bit[node]);
    }
    const auto begin = static_cast<std::ptrdiff_t>(begins_.back());
    std::reverse(nodes_.begin() + begin, nodes_.end());
    std::reverse(bits_.begin() + begin, bits_.end());
    begins_.push_back(nodes_.size());
    longest_ = std::max(longest_, static_cast<Index>(nodes_.size()) - begin);
  }
}

}  // namespace replearn::word2vec
