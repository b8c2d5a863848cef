#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "mpi/communicator.hpp"
#include "text/word_table.hpp"

namespace replearn {

/// Counts of texts (words or word pairs) over all ranks. Each rank counts locally; from time to time all send their
/// counts to the owner ranks given by the hashes of the texts, which sum them. The result does not depend on the number
/// of ranks.
class SharedCounts {
 public:
  explicit SharedCounts(const mpi::Communicator& comm) : comm_(comm) {}

  /// Local.
  void add(std::string_view text, Index count = 1) { mine_.add(text, count); }
  /// Whether exchange() should be called: this rank holds 4 million distinct texts. Local.
  bool is_full() const { return mine_.table.size() >= Index{1} << 22; }
  /// Sends each text to its owner. All ranks. Cost: each distinct text is sent once.
  void exchange();

  /// Number of distinct texts exchanged so far. All ranks.
  Index different() const;
  struct Counted {
    std::vector<std::string> texts;
    std::vector<Index> counts;
    Index found = 0;  ///< their number, on every rank
  };
  /// Exchanged texts with at least this count, on every rank, in no particular order. All ranks.
  Counted frequent(Index least) const;
  /// Like frequent(), on the first rank of each node only.
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
