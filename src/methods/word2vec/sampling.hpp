#pragma once
#include <cstdint>
#include <span>

#include "base/index.hpp"
#include "base/random.hpp"
#include "mpi/node_copy.hpp"

namespace replearn::word2vec {

/// Draws words in proportion to count^power, exact to 2^-32, in constant time: Walker's alias method (Vose 1991). 8
/// bytes per word and node, so that at least the table of frequent words stays in the cache (the C program's takes 400
/// MB).
class NoiseDistribution {
 public:
  NoiseDistribution() = default;
  /// All ranks of node, which must outlive it.
  NoiseDistribution(const mpi::Communicator& node, std::span<const Index> counts, double power);
  std::int32_t draw(RandomStream& random) const {
    const std::uint32_t column = random.below(static_cast<std::uint32_t>(columns_.size()));
    const Column& chosen = columns_[column];
    return random.next_u32() <= chosen.last_own ? static_cast<std::int32_t>(column) : chosen.other;
  }

 private:
  struct Column {
    std::uint32_t last_own;  ///< draws up to this value select the column's own word
    std::int32_t other;
  };
  mpi::NodeCopy<Column> columns_;
};

/// Average fraction of the words of running text kept by Subsampling. counts: of the vocabulary. Local.
double share_kept(std::span<const Index> counts, double sample);

/// Subsampling of frequent words by the rule of the C program, which differs from the paper's: a word with relative
/// frequency f is kept with probability min(1, (sqrt(f / s) + 1) s / f).
class Subsampling {
 public:
  Subsampling() = default;
  /// sample: s; 0: all words are kept. 4 bytes per word and node. All ranks of node, which must outlive it.
  Subsampling(const mpi::Communicator& node, std::span<const Index> counts, double sample);
  bool keeps(std::int32_t word, RandomStream& random) const {
    const std::uint32_t last = last_kept_[word];
    return last == all || random.next_u32() <= last;
  }
  /// Probability that an occurrence of this word is kept.
  double probability(Index word) const;

 private:
  static constexpr std::uint32_t all = 0xFFFFFFFF;
  mpi::NodeCopy<std::uint32_t> last_kept_;
};

}  // namespace replearn::word2vec
