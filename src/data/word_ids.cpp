#include "data/word_ids.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace replearn {

Index WordStream::shard_at(Index share, Index of) const {
  const Index weight = weight_before.back();
  const Index target = weight / of * share + weight % of * share / of;
  return std::lower_bound(weight_before.begin(), weight_before.end(), target) - weight_before.begin();
}

NextWords numbered(NextTextPart text, const TokenOptions& tokens, const Vocabulary& vocabulary) {
  return
      [text = std::move(text), tokenizer = std::make_shared<Tokens>(tokens), &vocabulary](std::vector<WordId>& words) {
        words.clear();
        const auto part = text();
        if (!part) return false;
        tokenizer->split(
            *part,
            [&](std::string_view word) {
              const Index id = vocabulary.find(word);
              if (id != Vocabulary::none) words.push_back(static_cast<WordId>(id));
            },
            [&] { words.push_back(line_end); });
        return true;
      };
}

}  // namespace replearn
