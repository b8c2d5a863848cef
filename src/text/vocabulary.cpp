#include "text/vocabulary.hpp"

#include <algorithm>
#include <numeric>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "text/shared_counts.hpp"

namespace replearn {

void VocabularyOptions::validate() const {
  if (min_count < 1) throw InputError("", "--min-count", "must be at least 1", "1 keeps every word");
  if (max_words < 0) throw InputError("", "--max-words", "must not be negative", "0 keeps all");
}

Vocabulary::Vocabulary(const mpi::Communicator& comm, const std::vector<std::string>& words,
                       const std::vector<Index>& counts, Index sentences, Index most)
    : node_(std::make_shared<mpi::Communicator>(comm.node())), sentences_(sentences) {
  WordTable table;
  std::vector<Index> sorted;
  if (node_->is_root()) {
    std::vector<std::size_t> order(words.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return counts[a] != counts[b] ? counts[a] > counts[b] : words[a] < words[b];
    });
    if (most > 0 && static_cast<std::size_t>(most) < order.size()) order.resize(most);
    for (const std::size_t i : order) {
      table.insert(words[i]);
      sorted.push_back(counts[i]);
    }
  }
  table_ = NodeWords(*node_, table);
  counts_ = mpi::NodeCopy<Index>(*node_, sorted);
  in_corpus_ = mpi::broadcast(*node_, std::accumulate(sorted.begin(), sorted.end(), Index{0}));
}

std::vector<std::string> Vocabulary::words() const {
  std::vector<std::string> all;
  all.reserve(size());
  for (Index i = 0; i < size(); ++i) all.emplace_back(word(i));
  return all;
}

CountedWords count_words(const mpi::Communicator& comm, const NextTextPart& text, const TokenOptions& token_options,
                         const VocabularyOptions& options) {
  options.validate();
  token_options.validate();
  Tokens tokens(token_options);
  SharedCounts shared(comm);
  Index met = 0, line_ends = 0;
  bool ended = false;
  while (!mpi::agree(comm, ended)) {
    mpi::run_collectively(comm, [&] {
      while (!ended && !shared.is_full()) {
        const auto part = text();
        if (!part) {
          ended = true;
          break;
        }
        tokens.split(
            *part, [&](std::string_view word) { ++met, shared.add(word); }, [&] { ++line_ends; });
      }
    });
    shared.exchange();
  }
  const Index different = shared.different();
  Index sums[] = {met, line_ends, tokens.words_cut(), tokens.words_repaired(), tokens.words_skipped()};
  mpi::all_reduce(comm, std::span<Index>(sums), mpi::Reduction::sum);
  Index min_count = options.min_count;
  auto frequent = shared.frequent_per_node(min_count);
  if (options.is_default && frequent.found < 2 && different > frequent.found) {
    min_count = 1;
    frequent = shared.frequent_per_node(min_count);
  }
  if (sums[0] == 0) throw InputError("", "the corpus", "contains no words", "give text files");
  if (frequent.found == 0) {
    throw InputError(
        "", "--min-count",
        std::to_string(options.min_count) + " leaves none of " + std::to_string(different) + " distinct words",
        "choose a smaller value, or more text");
  }
  return {Vocabulary(comm, frequent.texts, frequent.counts, sums[1], options.max_words),
          sums[0],
          different,
          min_count,
          sums[2],
          sums[3],
          sums[4]};
}

}  // namespace replearn
