#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/node_words.hpp"
#include "data/tokens.hpp"
#include "mpi/communicator.hpp"

namespace replearn {

/// Which words of a corpus count.
struct VocabularyOptions {
  Index min_count = 5;
  Index max_words = 0;      ///< the most frequent so many; 0: all
  bool is_default = false;  ///< nobody asked for that min_count: 1 where it would leave fewer than two words

  /// Throws InputError naming the option.
  void validate() const;
};

/// The words of a corpus with their counts, the most frequent first, equal counts by the words' bytes. The end of a
/// sentence, which the C program's files list as </s>, is counted aside and is no word. All ranks see the whole of it,
/// in the memory of their node: some 45 bytes a word and node. Copies share it; destroyed by all ranks alike.
class Vocabulary {
 public:
  static constexpr Index none = NodeWords::none;

  Vocabulary() = default;
  /// Sorts; keeps the most frequent so many, 0: all. Words are unique; counts[i] >= 0 of words[i]: both on the first
  /// rank of each node, ignored on others; sentences: on all. All ranks.
  Vocabulary(const mpi::Communicator& comm, const std::vector<std::string>& words, const std::vector<Index>& counts,
             Index sentences = 0, Index most = 0);

  Index size() const { return table_.size(); }
  std::string_view word(Index id) const { return table_.word(id); }
  Index count(Index id) const { return counts_[static_cast<std::size_t>(id)]; }
  std::span<const Index> counts() const { return counts_.values(); }
  /// The word's number, or none.
  Index find(std::string_view word) const { return table_.find(word); }
  const NodeWords& table() const { return table_; }
  /// Line ends of the corpus.
  Index sentences() const { return sentences_; }
  /// Sum of counts(): words of the corpus that are in the vocabulary.
  Index words_in_corpus() const { return in_corpus_; }
  std::vector<std::string> words() const;

 private:
  std::shared_ptr<const mpi::Communicator> node_;
  NodeWords table_;
  mpi::NodeCopy<Index> counts_;
  Index sentences_ = 0, in_corpus_ = 0;
};

/// What was met besides.
struct CountedWords {
  Vocabulary vocabulary;
  Index words = 0, different = 0;            ///< of the corpus, before anything was left out
  Index min_count = 0;                       ///< that was taken
  Index cut = 0, repaired = 0, skipped = 0;  ///< see Tokens
};

/// Counts the words of a corpus of which each rank brings its text; the same on any number of ranks, whoever brings
/// what. Each rank counts for itself; words then go to the rank that their hash names, which adds them up and keeps
/// those frequent enough; these are shown to every node. A rank whose table is full (4 million words) sends it before
/// it goes on, so that memory stays within that and its share of all different words. All ranks. Throws on all ranks
/// what `text` or Tokens throw, and InputError if no word is left. Cost: each different word of a rank is sent once (or
/// once a full table), each word kept to every node.
CountedWords count_words(const mpi::Communicator& comm, const NextTextPart& text, const TokenOptions& tokens,
                         const VocabularyOptions& options);

}  // namespace replearn
