#include "data/vocabulary.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/error.hpp"
#include "mpi/collectives.hpp"

namespace replearn {
namespace {

constexpr Index full_table = Index{1} << 22;

void put(std::vector<char>& bytes, std::string_view word, Index count) {
  const auto length = static_cast<std::uint32_t>(word.size());
  const auto at = bytes.size();
  bytes.resize(at + sizeof length + sizeof count + length);
  std::memcpy(bytes.data() + at, &length, sizeof length);
  std::memcpy(bytes.data() + at + sizeof length, &count, sizeof count);
  std::memcpy(bytes.data() + at + sizeof length + sizeof count, word.data(), length);
}

/// Calls take(word, count) for what put() put there.
template <class Take>
void each_counted(const std::vector<char>& bytes, Take&& take) {
  for (std::size_t at = 0; at < bytes.size();) {
    std::uint32_t length;
    Index count;
    std::memcpy(&length, bytes.data() + at, sizeof length);
    std::memcpy(&count, bytes.data() + at + sizeof length, sizeof count);
    at += sizeof length + sizeof count;
    take(std::string_view(bytes.data() + at, length), count);
    at += length;
  }
}

/// Words with a count each, in one table.
struct Counts {
  WordTable table;
  std::vector<Index> counts;

  void add(std::string_view word, Index count) {
    const Index i = table.insert(word);
    if (i == static_cast<Index>(counts.size())) counts.push_back(0);
    counts[static_cast<std::size_t>(i)] += count;
  }
};

/// Sends each word to its owner, who adds it to `owned`. Collective.
void send_to_owners(const mpi::Communicator& comm, Counts& mine, Counts& owned) {
  std::vector<std::vector<char>> outgoing(static_cast<std::size_t>(comm.size()));
  for (Index i = 0; i < mine.table.size(); ++i) {
    // The lower bits of the hash place words in tables: the owner is named by others, or his table would fill unevenly.
    const auto owner = (mine.table.hash(i) >> 40) % static_cast<std::uint64_t>(comm.size());
    put(outgoing[owner], mine.table.word(i), mine.counts[static_cast<std::size_t>(i)]);
  }
  mine = Counts();
  for (const auto& incoming : mpi::all_to_all_v(comm, outgoing)) {
    each_counted(incoming, [&](std::string_view word, Index count) { owned.add(word, count); });
  }
}

}  // namespace

void VocabularyOptions::validate() const {
  if (min_count < 1) throw InputError("", "--min-count", "must be at least 1", "1 keeps every word");
  if (max_words < 0) throw InputError("", "--max-words", "must not be negative", "0 keeps all");
}

Vocabulary::Vocabulary(const std::vector<std::string>& words, const std::vector<Index>& counts, Index sentences)
    : counts_(counts), sentences_(sentences) {
  std::vector<std::size_t> order(words.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return counts[a] != counts[b] ? counts[a] > counts[b] : words[a] < words[b];
  });
  for (std::size_t i = 0; i < order.size(); ++i) {
    table_.insert(words[order[i]]);
    counts_[i] = counts[order[i]];
  }
  in_corpus_ = std::accumulate(counts_.begin(), counts_.end(), Index{0});
}

std::vector<std::string> Vocabulary::words() const {
  std::vector<std::string> all;
  all.reserve(static_cast<std::size_t>(size()));
  for (Index i = 0; i < size(); ++i) all.emplace_back(word(i));
  return all;
}

CountedWords count_words(const mpi::Communicator& comm, const NextTextPart& text, const TokenOptions& token_options,
                         const VocabularyOptions& options) {
  options.validate();
  token_options.validate();
  Tokens tokens(token_options);
  Counts mine, owned;
  Index met = 0, line_ends = 0;
  bool ended = false;
  while (mpi::agree(comm, ended) == false) {
    mpi::together(comm, [&] {
      while (!ended && mine.table.size() < full_table) {
        const auto part = text();
        if (!part) {
          ended = true;
          break;
        }
        tokens.split(
            *part, [&](std::string_view word) { ++met, mine.add(word, 1); }, [&] { ++line_ends; });
      }
    });
    send_to_owners(comm, mine, owned);
  }

  std::vector<char> frequent;
  for (Index i = 0; i < owned.table.size(); ++i) {
    const Index count = owned.counts[static_cast<std::size_t>(i)];
    if (count >= options.min_count) put(frequent, owned.table.word(i), count);
  }
  Index sums[] = {
      met, owned.table.size(), line_ends, tokens.words_cut(), tokens.words_mended(), tokens.words_skipped()};
  owned = Counts();
  mpi::all_reduce(comm, std::span<Index>(sums), mpi::Reduction::sum);
  std::vector<std::string> words;
  std::vector<Index> counts;
  each_counted(mpi::all_gather_v(comm, frequent), [&](std::string_view word, Index count) {
    words.emplace_back(word);
    counts.push_back(count);
  });
  frequent = {};
  if (sums[0] == 0) throw InputError("", "the corpus", "holds no words", "name files of text");
  if (words.empty()) {
    throw InputError(
        "", "--min-count",
        std::to_string(options.min_count) + " leaves none of " + std::to_string(sums[1]) + " different words",
        "choose a smaller one, or more text");
  }
  CountedWords result{Vocabulary(words, counts, sums[2]), sums[0], sums[1], sums[3], sums[4], sums[5]};
  if (options.max_words > 0 && options.max_words < result.vocabulary.size()) {
    words.clear();
    counts.clear();
    for (Index i = 0; i < options.max_words; ++i) {
      words.emplace_back(result.vocabulary.word(i));
      counts.push_back(result.vocabulary.count(i));
    }
    result.vocabulary = Vocabulary(words, counts, sums[2]);
  }
  return result;
}

}  // namespace replearn
