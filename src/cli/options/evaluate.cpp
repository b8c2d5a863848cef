#include "app/evaluate/evaluate.hpp"

#include "cli/options/common.hpp"
#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet evaluate_options(EvaluateSettings& settings) {
  OptionSet set("evaluate", "Evaluation of word vectors");
  set.add("input", settings.input, vectors_help)
      .reads_file()
      .add("analogies", settings.analogies,
           "File of analogy questions, a b c d per line under headings ': name', such as questions-words.txt")
      .reads_file()
      .add("known-words", settings.known_words,
           "Number of most frequent words considered in analogies, like the C program's threshold; 0: all")
      .between(0, 1e12)
      .add("similarity", settings.similarity,
           "Files of word similarity ratings, two words and a rating per line, such as WordSim-353 and SimLex-999")
      .reads_file();
  set.show_empty_as("required", {"input"});
  return set;
}

}  // namespace replearn::cli
