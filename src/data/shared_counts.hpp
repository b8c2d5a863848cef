#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "data/word_table.hpp"
#include "mpi/communicator.hpp"

namespace replearn {

/// Counts of texts (words, or pairs of them) over all ranks: each adds what it meets; now and then all send what they
/// have to the ranks that the texts' hashes name, which add it up. What comes out does not know the ranks.
class SharedCounts {
 public:
  explicit SharedCounts(const mpi::Communicator& comm) : comm_(comm) {}

  /// Local.
  void add(std::string_view text, Index count = 1) { mine_.add(text, count); }
  /// Time to call exchange(): 4 million different texts are held here. Local.
  bool is_full() const { return mine_.table.size() >= Index{1} << 22; }
  /// Sends each text to its owner. All ranks. Cost: each different text once.
  void exchange();

  /// Different texts that have been settled. All ranks.
  Index different() const;
  struct Counted {
    std::vector<std::string> texts;
    std::vector<Index> counts;
    Index found = 0;  ///< their number, on every rank
  };
  /// Those settled that are counted so often at least, on every rank, in no particular order. All ranks.
  Counted frequent(Index least) const;
  /// The same, on the first rank of each node alone.
  Counted frequent_per_node(Index least) const;

 private:
  struct Counts {
    WordTable table;
    std::vector<Index> counts;
    void add(std::string_view text, Index count);
  };
  std::vector<char> owned_at_least(Index least) const;
  Counted unpacked(const std::vector<char>& bytes, Index least) const;
  const mpi::Communicator& comm_;
  Counts mine_, owned_;
};

}  // namespace replearn
