#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "data/vocabulary.hpp"

namespace replearn {

/// A word of running text by its number in the vocabulary, or the end of a line.
using WordId = std::int32_t;
constexpr WordId line_end = -1;

/// Puts the next words of some text into the vector; false at the end. Words that are not in the vocabulary are left
/// out.
using NextWords = std::function<bool(std::vector<WordId>&)>;

/// A corpus in shards (see TextShards) as numbers: what a method reads text through. All ranks hold it; each opens the
/// shards that it works on.
struct WordStream {
  Index shards = 0;
  Index words = 0;  ///< of all shards, of those in the vocabulary
  std::function<NextWords(Index shard)> open;
};

/// Words of text as numbers of the table, which must outlive it. Throws what `text` and Tokens do.
NextWords numbered(NextTextPart text, const TokenOptions& tokens, const NodeWords& table);

}  // namespace replearn
