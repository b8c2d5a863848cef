#include "app/evaluate/evaluate.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "app/word_queries/queries.hpp"
#include "base/error.hpp"
#include "base/unicode.hpp"
#include "io/text/questions.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

/// First word without a vector, ignoring case; "" if all words are known.
std::string first_unknown(const WordVectors& vectors, const std::vector<std::string>& words) {
  std::unordered_set<std::string> known;
  for (const auto& word : vectors.words) known.insert(unicode::folded(word));
  const auto at = std::find_if(words.begin(), words.end(),
                               [&](const std::string& word) { return !known.contains(unicode::folded(word)); });
  return at == words.end() ? "" : *at;
}

/// Throws InputError on all ranks if no line of a file could be evaluated. `asked` and `in_all` are used on root.
void require_asked(const mpi::Communicator& comm, const std::string& path, const char* of_what, Index asked,
                   Index in_all, const WordVectors& vectors, const std::function<std::vector<std::string>()>& words) {
  mpi::on_root(comm, [&] {
    if (asked > 0) return;
    const std::string unknown = in_all > 0 ? first_unknown(vectors, words()) : "";
    throw InputError(path, "", fmt::format("none of its {} {} has known words only", in_all, of_what),
                     unknown.empty()
                         ? "use more words: --known-words 0"
                         : "there is no vector for '" + unknown + "', for example; check the language of both files");
  });
}

}  // namespace

void evaluate_vectors(Session& session, const EvaluateSettings& settings, const EvaluationReport& report) {
  if (settings.analogies.empty() && settings.similarity.empty()) {
    throw InputError("", "--analogies", "no question file named", "add --analogies FILE or --similarity FILE; maps of cells are evaluated in .h5ad files");
  }
  if (settings.known_words < 0) throw InputError("", "--known-words", "must not be negative", "0: all");
  const auto& comm = session.comm;
  std::vector<word_queries::Section> sections;
  std::vector<std::vector<word_queries::Pair>> pairs(settings.similarity.size());
  mpi::on_root(comm, [&] {
    if (!settings.analogies.empty()) {
      for (const auto& heading : io::read_headed_lines(settings.analogies, 4, session.log)) {
        sections.push_back({heading.name, {}});
        for (const auto& line : heading.lines)
          sections.back().questions.push_back({line[0], line[1], line[2], line[3]});
      }
    }
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      for (const auto& [words, judged] : io::read_rated_pairs(settings.similarity[i], session.log)) {
        pairs[i].push_back({words.first, words.second, judged});
      }
    }
  });
  const auto vectors = read_unit_vectors(session, settings.input);
  if (!settings.analogies.empty()) {
    const auto scores = word_queries::answer(comm, vectors, sections, settings.known_words);
    if (comm.is_root()) report.analogies(scores);
    Index asked = 0, in_all = 0;
    for (const auto& score : scores) asked += score.asked, in_all += score.in_all;
    require_asked(comm, settings.analogies, "questions", asked, in_all, vectors, [&] {
      std::vector<std::string> words;
      for (const auto& section : sections) {
        for (const auto& q : section.questions) words.insert(words.end(), {q.a, q.b, q.c, q.d});
      }
      return words;
    });
  }
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto score = word_queries::compare(comm, vectors, pairs[i]);
    const auto& path = settings.similarity[i];
    if (comm.is_root()) report.similarity(path, score);
    require_asked(comm, path, "pairs", score.compared, score.in_all, vectors, [&] {
      std::vector<std::string> words;
      for (const auto& pair : pairs[i]) words.insert(words.end(), {pair.a, pair.b});
      return words;
    });
    if (comm.is_root() && !std::isfinite(score.spearman)) {
      session.log.warning(path + ": too few distinct ratings for a rank correlation");
    }
  }
}

}  // namespace replearn::app
