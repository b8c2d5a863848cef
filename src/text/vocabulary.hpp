#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mpi/communicator.hpp"
#include "text/node_words.hpp"
#include "text/tokens.hpp"

namespace replearn {

/// Selection of the vocabulary.
struct VocabularyOptions {
  Index min_count = 5;
  Index max_words = 0;      ///< number of most frequent words to keep; 0: all
  bool is_default = false;  ///< min_count is the default: lowered to 1 if it would leave fewer than two words

  /// Throws InputError naming the option.
  void validate() const;
};

/// The words of a corpus with their counts, most frequent first, ties by the bytes of the word. The end of a sentence,
/// </s> in the C program's files, is counted separately and is not a word. Stored once per node and accessible on all
/// ranks: about 45 bytes per word and node. Copies share the storage; destruction is collective.
class Vocabulary {
 public:
  static constexpr Index none = NodeWords::none;

  Vocabulary() = default;
  /// Sorts the words and keeps the max_words most frequent; 0: all. Words are unique; counts[i] >= 0 belongs to
  /// words[i]; both are used on the first rank of each node and ignored on others; sentences: on all. All ranks.
  Vocabulary(const mpi::Communicator& comm, const std::vector<std::string>& words, const std::vector<Index>& counts,
             Index sentences = 0, Index most = 0);

  Index size() const { return table_.size(); }
  std::string_view word(Index id) const { return table_.word(id); }
  Index count(Index id) const { return counts_[id]; }
  std::span<const Index> counts() const { return counts_.values(); }
  /// The word's number, or none.
  Index find(std::string_view word) const { return table_.find(word); }
  const NodeWords& table() const { return table_; }
  /// Number of line ends in the corpus.
  Index sentences() const { return sentences_; }
  /// Sum of counts(): corpus words that are in the vocabulary.
  Index words_in_corpus() const { return in_corpus_; }
  std::vector<std::string> words() const;

 private:
  std::shared_ptr<const mpi::Communicator> node_;
  NodeWords table_;
  mpi::NodeCopy<Index> counts_;
  Index sentences_ = 0, in_corpus_ = 0;
};

/// Statistics of the corpus.
struct CountedWords {
  Vocabulary vocabulary;
  Index words = 0, different = 0;            ///< of the corpus, before filtering
  Index min_count = 0;                       ///< the value used
  Index cut = 0, repaired = 0, skipped = 0;  ///< see Tokens
};

/// Counts the words of a corpus, each rank its own text; the result does not depend on the distribution of the text.
/// Each rank counts locally; words are then sent to the rank given by their hash, which sums the counts and keeps
/// sufficiently frequent words; these are copied to every node. A rank whose table is full (4 million words) sends it
/// before continuing, which bounds the memory to that plus its share of all distinct words. All ranks. Throws on all
/// ranks what `text` or Tokens throw, and InputError if no word is left. Cost: each distinct word of a rank is sent
/// once (or once per full table), and each kept word to every node.
CountedWords count_words(const mpi::Communicator& comm, const NextTextPart& text, const TokenOptions& tokens,
                         const VocabularyOptions& options);

}  // namespace replearn
