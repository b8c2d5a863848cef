#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/index.hpp"

namespace replearn {

/// 64-bit hash of a word, the same on every rank and machine.
std::uint64_t hash_of(std::string_view word);

/// Numbers distinct words in order of arrival: an open-addressing hash table over one contiguous text buffer. Local.
/// Memory: the bytes of the words plus, per word, 16 bytes and 12 to 24 bytes of table.
class WordTable {
 public:
  static constexpr Index none = -1;

  WordTable();
  Index size() const { return static_cast<Index>(ends_.size()); }
  std::string_view word(Index i) const { return word_of(text_, ends_, i); }
  std::uint64_t hash(Index i) const { return hashes_[i]; }
  /// The word's number, or none.
  Index find(std::string_view word) const { return find(word, hash_of(word)); }
  /// The word's number; a new word gets the next one.
  Index insert(std::string_view word);
  /// Releases unused capacity.
  void clear();

 private:
  friend class NodeWords;
  struct Slot {
    std::uint32_t tag = 0;    ///< upper half of the hash
    std::uint32_t entry = 0;  ///< number + 1; 0: free
  };
  static std::string_view word_of(std::string_view text, std::span<const std::uint64_t> ends, Index i) {
    const auto at = static_cast<std::size_t>(i);
    const std::uint64_t begin = at == 0 ? 0 : ends[at - 1];
    return text.substr(begin, ends[at] - begin);
  }
  static Index find_in(std::string_view text, std::span<const std::uint64_t> ends, std::span<const Slot> slots,
                       std::string_view word, std::uint64_t hash);
  Index find(std::string_view word, std::uint64_t hash) const { return find_in(text_, ends_, slots_, word, hash); }
  void grow();

  std::string text_;
  std::vector<std::uint64_t> ends_, hashes_;
  std::vector<Slot> slots_;
};

}  // namespace replearn
