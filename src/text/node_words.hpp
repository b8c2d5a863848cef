#pragma once
#include <string_view>

#include "mpi/node_copy.hpp"
#include "text/word_table.hpp"

namespace replearn {

/// A read-only WordTable, stored once per node: the bytes of its words plus 24 to 40 bytes per word.
class NodeWords {
 public:
  static constexpr Index none = WordTable::none;

  /// Empty.
  NodeWords() = default;
  /// on_root: used on the first rank of the node, ignored on others. All ranks of node, which must outlive it.
  NodeWords(const mpi::Communicator& node, const WordTable& on_root);

  Index size() const { return static_cast<Index>(ends_.size()); }
  std::string_view word(Index i) const { return WordTable::word_of(text(), ends_.values(), i); }
  /// The word's number, or none.
  Index find(std::string_view word) const {
    if (size() == 0) return none;
    return WordTable::find_in(text(), ends_.values(), slots_.values(), word, hash_of(word));
  }

 private:
  std::string_view text() const { return {text_.values().data(), text_.size()}; }
  mpi::NodeCopy<char> text_;
  mpi::NodeCopy<std::uint64_t> ends_;
  mpi::NodeCopy<WordTable::Slot> slots_;
};

}  // namespace replearn
