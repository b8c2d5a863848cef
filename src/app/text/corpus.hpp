#pragma once
#include <functional>
#include <string>
#include <vector>

#include "app/error_context.hpp"
#include "app/given_options.hpp"
#include "app/workspace.hpp"
#include "text/text_shards.hpp"
#include "text/vocabulary.hpp"
#include "text/word_ids.hpp"

namespace replearn::app {

/// Input text, tokenization and output.
struct TextSettings {
  std::vector<std::string> input;
  std::vector<std::string> output;
  TokenOptions tokens;
};

struct VocabularySettings {
  GivenOptions given;
  VocabularyOptions method;
  std::string save, read;
};

/// A corpus of text with its vocabulary. All ranks.
class Corpus {
 public:
  /// Finds the files. Throws InputError if there are none.
  Corpus(Session& session, const TextSettings& text);

  const TextShards& shards() const { return shards_; }
  /// Counts the words, or reads the counts from a file; saves them with --save-vocab.
  const Vocabulary& find_vocabulary(const VocabularySettings& settings);
  const Vocabulary& vocabulary() const { return vocabulary_; }
  /// The text as word ids of the vocabulary. The corpus must outlive it.
  WordStream numbers() const;
  /// This rank's text as word ids of the table, split at line ends only. The corpus and the table must outlive it.
  NextWords my_documents(const NodeWords& table) const;
  /// Whole files as word ids of the table, with one line end after each file: the files that begin in this rank's
  /// text, in the order of shards().sources().
  NextWords my_files(const NodeWords& table) const;
  /// Iterates over this rank's lines, as words; may be called repeatedly. Lines are split after every 1,000 words,
  /// counted from their beginning whatever the ranks; a line belongs to the rank that has its first word. The corpus
  /// must outlive it. All ranks; the returned function is local and throws the errors of reading.
  std::function<void(const std::function<void(std::vector<std::string>& line)>& take)> my_lines() const;
  /// The text of this rank's shards.
  NextTextPart mine() const;
  /// Adds the file names to errors about the text.
  template <class Work>
  auto naming(Work&& work) const {
    return with_file_names(inputs_, work);
  }

 private:
  Index words_before_mine() const;

  Session& session_;
  std::vector<std::string> inputs_;
  TokenOptions tokens_;
  TextShards shards_;
  Vocabulary vocabulary_;
};

}  // namespace replearn::app
