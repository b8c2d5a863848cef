#pragma once
#include <cstdint>
#include <span>

#include "base/index.hpp"
#include "base/random.hpp"
#include "mpi/node_copy.hpp"

namespace replearn::word2vec {

/// Draws words in proportion to count^power, exactly to 2^-32, in constant time: Walker's alias method (Vose 1991). 8
/// bytes a word and node: the table of frequent words, at least, stays in cache (the C program's takes 400 MB).
class NoiseWords {
 public:
  NoiseWords() = default;
  /// All ranks of node, which must outlive it.
  NoiseWords(const mpi::Communicator& node, std::span<const Index> counts, double power);
  std::int32_t draw(RandomStream& random) const {
    const std::uint32_t column = random.below(static_cast<std::uint32_t>(columns_.size()));
    const Column& chosen = columns_[column];
    return random.next_u32() <= chosen.last_own ? static_cast<std::int32_t>(column) : chosen.other;
  }

 private:
  struct Column {
    std::uint32_t last_own;  ///< draws up to this are the column's own word
    std::int32_t other;
  };
  mpi::NodeCopy<Column> columns_;
};

/// The share of the words of running text that Subsampling keeps, on average. counts: of the vocabulary. Local.
double share_kept(std::span<const Index> counts, double sample);

/// Which occurrences of frequent words stay. The C program's rule, which is not the paper's: a word that is the share f
/// of the corpus stays with probability min(1, (sqrt(f / s) + 1) s / f).
class Subsampling {
 public:
  Subsampling() = default;
  /// sample = s; 0: all stay. 4 bytes a word and node. All ranks of node, which must outlive it.
  Subsampling(const mpi::Communicator& node, std::span<const Index> counts, double sample);
  bool keeps(std::int32_t word, RandomStream& random) const {
    const std::uint32_t last = last_kept_[static_cast<std::size_t>(word)];
    return last == all || random.next_u32() <= last;
  }
  /// Probability that an occurrence of this word stays.
  double probability(Index word) const;

 private:
  static constexpr std::uint32_t all = 0xFFFFFFFF;
  mpi::NodeCopy<std::uint32_t> last_kept_;
};

}  // namespace replearn::word2vec
