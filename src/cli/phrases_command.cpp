#include "base/error.hpp"
#include "cli/commands.hpp"
#include "cli/corpus.hpp"
#include "cli/verb.hpp"
#include "io/shared_file.hpp"
#include "methods/phrases/phrases.hpp"
#include "mpi/collectives.hpp"

namespace replearn::cli {
namespace {

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

}  // namespace

void phrases_command(const mpi::Communicator& comm, const Arguments& arguments) {
  TextSettings text;
  phrases::Options options;
  OptionSet text_set = text_options(text,
                                    "Output text with phrases joined, one line per input line; lines longer than 1,000 "
                                    "words, as in text without line breaks, are split every 1,000 words",
                                    {}),
            phrases_set = phrases_options(options);
  const auto common = parse(comm, arguments, {&text_set, &phrases_set}, Naming::plain);
  if (handled_help(comm, common, "phrases", "phrase detection: joins words that belong together by _",
                   {&text_set, &phrases_set}, Naming::plain)) {
    return;
  }
  if (text.output.size() != 1) throw InputError("", "--output", "needs exactly one file", "add --output FILE.txt");
  options.validate();
  Session session(comm, common);
  const Corpus corpus(session, text);
  const auto lines = corpus.my_lines();
  const auto found = session.phases.measure("phrases", [&] { return phrases::find(comm, lines, options); });
  for (Index pass = 0; pass < found.passes(); ++pass) {
    session.log.line(format("phrases: pass %lld joins %lld distinct pairs", static_cast<long long>(pass + 1),
                            static_cast<long long>(found.size(pass))));
  }
  // The joined text is generated twice, the first time to find the offset of each rank.
  const auto each_joined = [&](auto&& take) {
    std::string joined;
    lines([&](std::vector<std::string>& line) {
      found.join(line);
      joined.clear();
      for (const auto& word : line) joined.append(joined.empty() ? "" : " ").append(word);
      joined += '\n';
      take(joined);
    });
  };
  session.phases.measure("write", [&] {
    Index bytes = 0;
    mpi::run_collectively(
        comm, [&] { each_joined([&](const std::string& line) { bytes += static_cast<Index>(line.size()); }); });
    io::SharedFile file(comm, text.output.front(), bytes);
    mpi::run_collectively(comm, [&] {
      std::string together;
      each_joined([&](const std::string& line) {
        together += line;
        if (together.size() < (std::size_t{1} << 22)) return;
        file.write(together);
        together.clear();
      });
      file.write(together);
    });
    file.finish();
  });
  session.log.line("wrote " + text.output.front());
  finish(session);
}

}  // namespace replearn::cli
