#pragma once
#include <functional>
#include <string>
#include <vector>

#include "cli/naming.hpp"
#include "cli/option_set.hpp"
#include "cli/workspace.hpp"
#include "data/text_shards.hpp"
#include "data/vocabulary.hpp"
#include "data/word_ids.hpp"

namespace replearn::cli {

/// Which text is read, how it is cut into words, and what is written.
struct TextSettings {
  std::vector<std::string> input;
  std::vector<std::string> output;
  TokenOptions tokens;
};
/// output_help: what the verb writes; endings: of its name, none for text.
OptionSet text_options(TextSettings& settings, const std::string& output_help, std::vector<std::string> endings);

struct VocabularySettings {
  GivenOptions given;
  VocabularyOptions method;
  std::string save, read;
};
OptionSet vocabulary_options(VocabularySettings& settings);

/// A corpus of text with its vocabulary. All ranks.
class Corpus {
 public:
  /// Candidates the files. Throws InputError if there are none.
  Corpus(Session& session, const TextSettings& text);

  const TextShards& shards() const { return shards_; }
  /// Counts the words, or reads them from a file; saves them if that is asked for.
  const Vocabulary& find_vocabulary(const VocabularySettings& settings);
  const Vocabulary& vocabulary() const { return vocabulary_; }
  /// The text by numbers of the vocabulary. The corpus must outlive it.
  WordStream numbers() const;
  /// My stretch of the text by numbers of the table, cut at line ends alone. The corpus and the table must outlive it.
  NextWords my_documents(const NodeWords& table) const;
  /// The same for whole files: a line end behind each file and nowhere else; the files that begin in my stretch, of
  /// shards().sources() in their order.
  NextWords my_files(const NodeWords& table) const;
  /// My lines of the text, in words, each time it is called anew. A line is cut behind every 1,000 words, counted from
  /// its beginning and not from where my stretch begins; it is the rank's that has its first word. The corpus must
  /// outlive it. All ranks; what it returns is local, and throws what reading does.
  std::function<void(const std::function<void(std::vector<std::string>& line)>& take)> my_lines() const;
  /// The text of my shards.
  NextTextPart mine() const;
  /// Errors of the text get the names of its files.
  template <class Work>
  auto naming(Work&& work) const {
    return naming_files(inputs_, work);
  }

 private:
  Index words_before_mine() const;

  Session& session_;
  std::vector<std::string> inputs_;
  TokenOptions tokens_;
  TextShards shards_;
  Vocabulary vocabulary_;
};

}  // namespace replearn::cli
