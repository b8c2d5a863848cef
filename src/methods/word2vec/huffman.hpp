#pragma once
#include <cstdint>
#include <span>

#include "base/index.hpp"
#include "mpi/node_copy.hpp"

namespace replearn::word2vec {

/// Huffman tree (1952, "A method for the construction of minimum-redundancy codes") over words by their counts, for
/// hierarchical softmax. Frequent words have short codes. Inner nodes are numbered from the root, 0, downward, so that
/// more frequent ones come first. Memory per node: 5 bytes for each bit of all codes.
class Huffman {
 public:
  Huffman() = default;
  /// counts: descending, at least two. O(V). All ranks of node, which must outlive it.
  Huffman(const mpi::Communicator& node, std::span<const Index> counts);

  /// Inner nodes from the root to the word, and the branch bit at each of them.
  std::span<const std::int32_t> path(Index word) const { return slice(nodes_, word); }
  std::span<const std::uint8_t> code(Index word) const { return slice(bits_, word); }
  Index max_code_length() const { return longest_; }

 private:
  template <class T>
  std::span<const T> slice(const mpi::NodeCopy<T>& all, Index word) const {
    const auto begin = begins_[word], end = begins_[static_cast<std::size_t>(word) + 1];
    return all.values().subspan(begin, end - begin);
  }
  mpi::NodeCopy<std::size_t> begins_;
  mpi::NodeCopy<std::int32_t> nodes_;
  mpi::NodeCopy<std::uint8_t> bits_;
  Index longest_ = 0;
};

}  // namespace replearn::word2vec
