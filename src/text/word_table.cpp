#include "text/word_table.hpp"

#include <cstring>
#include <stdexcept>

namespace replearn {
namespace {

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t load(const char* from, std::size_t bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, from, bytes);
  return value;
}

}  // namespace

std::uint64_t hash_of(std::string_view word) {
  // Eight bytes at a time through a 128-bit product (the construction of wyhash), constants the digits of pi and e.
  constexpr std::uint64_t first = 0x243F6A8885A308D3u, second = 0xB7E151628AED2A6Bu;
  std::uint64_t state = first ^ word.size();
  std::size_t at = 0;
  for (; at + 8 <= word.size(); at += 8) state = mix(state ^ load(word.data() + at, 8), second);
  state = mix(state ^ load(word.data() + at, word.size() - at), second);
  return mix(state, first);
}

WordTable::WordTable() : slots_(1 << 10) {}

Index WordTable::find_in(std::string_view text, std::span<const std::uint64_t> ends, std::span<const Slot> slots,
                         std::string_view word, std::uint64_t hash) {
  const auto tag = static_cast<std::uint32_t>(hash >> 32);
  const std::size_t mask = slots.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    const Slot slot = slots[at];
    if (slot.entry == 0) return none;
    const Index i = static_cast<Index>(slot.entry) - 1;
    if (slot.tag == tag && word_of(text, ends, i) == word) return i;
  }
}

Index WordTable::insert(std::string_view word) {
  const std::uint64_t hash = hash_of(word);
  if (const Index i = find(word, hash); i != none) return i;
  if (size() >= 0xFFFFFFFE) throw std::length_error("more than 4,294,967,294 distinct words on one rank");
  text_ += word;
  ends_.push_back(text_.size());
  hashes_.push_back(hash);
  if (static_cast<std::size_t>(size()) * 2 > slots_.size()) {
    grow();
  } else {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash & mask;
    while (slots_[at].entry != 0) at = (at + 1) & mask;
    slots_[at] = {static_cast<std::uint32_t>(hash >> 32), static_cast<std::uint32_t>(size())};
  }
  return size() - 1;
}

void WordTable::grow() {
  slots_.assign(slots_.size() * 2, {});
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = 0; i < hashes_.size(); ++i) {
    std::size_t at = hashes_[i] & mask;
    while (slots_[at].entry != 0) at = (at + 1) & mask;
    slots_[at] = {static_cast<std::uint32_t>(hashes_[i] >> 32), static_cast<std::uint32_t>(i + 1)};
  }
}

void WordTable::clear() {
  *this = WordTable();
}

}  // namespace replearn
