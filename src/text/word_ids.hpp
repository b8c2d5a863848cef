#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "text/vocabulary.hpp"

namespace replearn {

/// Number of a word in the vocabulary, or the end of a line.
using WordId = std::int32_t;
constexpr WordId line_end = -1;

/// Writes the next words of a text to the vector; false at the end. Words outside the vocabulary are dropped.
using NextWords = std::function<bool(std::vector<WordId>&)>;

/// A corpus in shards (see TextShards) as word numbers, the interface through which methods read text. Exists on all
/// ranks; each opens the shards it works on.
struct WordStream {
  Index shards = 0;
  Index words = 0;  ///< total over all shards, only words in the vocabulary
  std::function<NextWords(Index shard)> open;
};

/// Converts the words of a text to numbers of the table, which must outlive it. Throws like `text` and Tokens.
NextWords numbered(NextTextPart text, const TokenOptions& tokens, const NodeWords& table);

}  // namespace replearn
