#include "text/word_ids.hpp"

#include <memory>
#include <utility>

namespace replearn {

NextWords numbered(NextTextPart text, const TokenOptions& tokens, const NodeWords& table) {
  return [text = std::move(text), tokenizer = std::make_shared<Tokens>(tokens), &table](std::vector<WordId>& words) {
    words.clear();
    const auto part = text();
    if (!part) return false;
    tokenizer->split(
        *part,
        [&](std::string_view word) {
          const Index id = table.find(word);
          if (id != NodeWords::none) words.push_back(static_cast<WordId>(id));
        },
        [&] { words.push_back(line_end); });
    return true;
  };
}

}  // namespace replearn
