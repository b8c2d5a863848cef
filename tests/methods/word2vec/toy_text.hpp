#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/random.hpp"
#include "text/word_ids.hpp"

namespace replearn::test {

/// Text of a known structure: topics of `words_per_topic` words each; a sentence holds words of one topic only. Word i
/// is of topic i % topics, and more frequent than those behind it.
struct ToyText {
  Index topics = 5, words_per_topic = 12, shards = 24, sentences_per_shard = 40, words_per_sentence = 12;

  Index words() const { return topics * words_per_topic; }

  std::vector<WordId> shard(Index number) const {
    RandomStream random(11, Purpose::test, static_cast<std::uint64_t>(number));
    std::vector<WordId> ids;
    for (Index s = 0; s < sentences_per_shard; ++s) {
      const auto topic = static_cast<Index>(random.below(static_cast<std::uint32_t>(topics)));
      for (Index w = 0; w < words_per_sentence; ++w) {
        const double u = random.uniform();
        const auto rank = static_cast<Index>(u * u * static_cast<double>(words_per_topic));
        ids.push_back(static_cast<WordId>(rank * topics + topic));
      }
      ids.push_back(line_end);
    }
    return ids;
  }
  std::vector<Index> counts() const {
    std::vector<Index> all(static_cast<std::size_t>(words()));
    for (Index s = 0; s < shards; ++s) {
      for (const auto id : shard(s)) {
        if (id != line_end) ++all[static_cast<std::size_t>(id)];
      }
    }
    return all;
  }
  WordStream stream() const {
    return {shards, shards * sentences_per_shard * words_per_sentence, [*this](Index number) -> NextWords {
              // In parts that end in the midst of sentences, as files do.
              return [ids = shard(number), at = std::size_t{0}](std::vector<WordId>& part) mutable {
                const auto end = std::min(at + 101, ids.size());
                part.assign(ids.begin() + static_cast<std::ptrdiff_t>(at),
                            ids.begin() + static_cast<std::ptrdiff_t>(end));
                at = end;
                return !part.empty();
              };
            }};
  }
};

}  // namespace replearn::test
