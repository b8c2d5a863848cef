#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/index.hpp"

namespace replearn {

/// 64 bits of a word that look random: the same on every rank and machine.
std::uint64_t hash_of(std::string_view word);

/// Words numbered in the order they come, each once: an open hash table over one stretch of text. Local.
/// Memory: the words' bytes, 16 bytes a word, and 12 to 24 of table.
class WordTable {
 public:
  static constexpr Index none = -1;

  WordTable();
  Index size() const { return static_cast<Index>(ends_.size()); }
  std::string_view word(Index i) const {
    const auto at = static_cast<std::size_t>(i);
    const std::uint64_t begin = at == 0 ? 0 : ends_[at - 1];
    return std::string_view(text_).substr(begin, ends_[at] - begin);
  }
  std::uint64_t hash(Index i) const { return hashes_[static_cast<std::size_t>(i)]; }
  /// Its number, or none.
  Index find(std::string_view word) const { return find(word, hash_of(word)); }
  /// Its number; a new word gets the next one.
  Index insert(std::string_view word);
  /// For all words of the table: no room is left unused.
  void clear();

 private:
  struct Slot {
    std::uint32_t tag = 0;    ///< upper half of the hash
    std::uint32_t entry = 0;  ///< number + 1; 0: free
  };
  Index find(std::string_view word, std::uint64_t hash) const;
  void grow();

  std::string text_;
  std::vector<std::uint64_t> ends_, hashes_;
  std::vector<Slot> slots_;
};

}  // namespace replearn
