#include "app/word_queries/queries.hpp"
#include "cli/options/common.hpp"
#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet query_options(QuerySettings& settings, const std::string& verb, const std::string& title,
                        const std::string& words_help) {
  OptionSet set(verb, title);
  set.add("words", settings.words, words_help)
      .add("input", settings.input, vectors_help)
      .reads_file()
      .add("count", settings.count, "Number of words to show per query")
      .between(1, 1e6);
  set.show_empty_as("required", {"input"});
  return set;
}

}  // namespace replearn::cli
