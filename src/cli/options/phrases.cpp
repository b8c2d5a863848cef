#include "methods/phrases/phrases.hpp"

#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet phrases_options(phrases::Options& options) {
  OptionSet set("phrases", "Phrases");
  set.add_choice("score", options.score, {{"count", phrases::Score::count}, {"npmi", phrases::Score::npmi}},
                 "Phrase score of a word pair. count: as in the paper and word2phrase; npmi: normalized pointwise "
                 "mutual information, -1 to 1")
      .add("threshold", options.thresholds,
           "Join pairs with a higher score by _; higher: fewer phrases. Several values make several passes: 200,100 "
           "joins up to four words")
      .between(-1e30, 1e30)
      .add("min-count", options.min_count, "Never join words and pairs that occur less often than this")
      .between(1, 1e15)
      .add("discount", options.discount, "Discount of the count score, which keeps rare words from being joined")
      .between(0, 1e15);
  return set;
}

}  // namespace replearn::cli
