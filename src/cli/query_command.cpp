#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <unordered_set>

#include "base/error.hpp"
#include "base/unicode.hpp"
#include "cli/commands.hpp"
#include "cli/verb.hpp"
#include "io/questions.hpp"
#include "io/word_vectors_file.hpp"
#include "methods/word_queries/evaluation.hpp"
#include "methods/word_queries/nearest.hpp"
#include "mpi/collectives.hpp"

namespace replearn::cli {
namespace {

constexpr const char* input_help = "Word vectors: .h5, .h5ad, .bin or .txt";

struct QuerySettings {
  std::string input;
  std::vector<std::string> words;
  Index count = 10;
};

OptionSet query_options(QuerySettings& settings, const std::string& verb, const std::string& title,
                        const std::string& words_help) {
  OptionSet set(verb, title);
  set.add("words", settings.words, words_help)
      .add("input", settings.input, input_help)
      .reads_file()
      .add("count", settings.count, "Number of words to show per query")
      .between(1, 1e6);
  set.show_empty_as("required", {"input"});
  return set;
}

WordVectors read_unit_vectors(Session& session, const std::string& path) {
  if (path.empty()) throw InputError("", "--input", "no file named", "add --input FILE");
  auto vectors = session.phases.measure("read", [&] { return io::read_word_vectors(session.comm, path, session.log); });
  normalize_rows(vectors.vectors.local);
  return vectors;
}

/// Indices of the words, on all ranks. Throws InputError on all ranks with the nearest spelling.
std::vector<Index> numbers_of(const mpi::Communicator& comm, const std::string& file, const WordVectors& vectors,
                              const std::vector<std::string>& words) {
  std::vector<Index> numbers;
  mpi::on_root(comm, [&] {
    for (const auto& word : words) {
      const auto at = std::find(vectors.words.begin(), vectors.words.end(), word);
      if (at == vectors.words.end()) {
        throw InputError(file, "'" + word + "'", "no such word", suggest(word, vectors.words));
      }
      numbers.push_back(at - vectors.words.begin());
    }
  });
  return mpi::broadcast(comm, std::move(numbers));
}

void print_near(const std::string& title, const WordVectors& vectors, const std::vector<word_queries::Near>& list) {
  std::printf("%s\n", title.c_str());
  for (const auto& near : list) {
    std::printf("  %-30s %.6f\n", vectors.words[static_cast<std::size_t>(near.word)].c_str(),
                static_cast<double>(near.cosine));
  }
}

}  // namespace

void nearest_command(const mpi::Communicator& comm, const Arguments& arguments) {
  QuerySettings settings;
  OptionSet set = query_options(settings, "nearest", "Nearest words", "Query words");
  const auto common = parse(comm, arguments, {&set}, Naming::plain);
  if (handled_help(comm, common, "nearest", "nearest words by cosine similarity", {&set}, Naming::plain)) return;
  if (settings.words.empty()) throw InputError("", "--words", "no query word", "replearn nearest king --input FILE");
  if (settings.count < 1) throw InputError("", "--count", "must be at least 1", "omit it");
  Session session(comm, common);
  const auto vectors = read_unit_vectors(session, settings.input);
  const auto numbers = numbers_of(comm, settings.input, vectors, settings.words);
  std::vector<std::vector<Index>> exclude;
  for (const Index number : numbers) exclude.push_back({number});
  const auto near = word_queries::nearest(comm, vectors.vectors, word_queries::rows_of(comm, vectors.vectors, numbers),
                                          exclude, settings.count);
  for (std::size_t i = 0; comm.is_root() && i < near.size(); ++i) print_near(settings.words[i], vectors, near[i]);
}

void analogy_command(const mpi::Communicator& comm, const Arguments& arguments) {
  QuerySettings settings;
  OptionSet set = query_options(settings, "analogy", "Analogy", "Three words a, b, c: a is to b as c is to ?");
  const auto common = parse(comm, arguments, {&set}, Naming::plain);
  if (handled_help(comm, common, "analogy",
                   "word analogies: a is to b as c is to ?, by vector(b) - vector(a) + vector(c)", {&set},
                   Naming::plain)) {
    return;
  }
  if (settings.words.size() != 3) {
    throw InputError("", "--words", std::to_string(settings.words.size()) + " words given, but three are needed",
                     "replearn analogy man king woman --input FILE");
  }
  if (settings.count < 1) throw InputError("", "--count", "must be at least 1", "omit it");
  Session session(comm, common);
  const auto vectors = read_unit_vectors(session, settings.input);
  const auto numbers = numbers_of(comm, settings.input, vectors, settings.words);
  const RowMatrix rows = word_queries::rows_of(comm, vectors.vectors, numbers);
  const RowMatrix query = rows.row(1) - rows.row(0) + rows.row(2);
  const auto near = word_queries::nearest(comm, vectors.vectors, query, {numbers}, settings.count);
  if (!comm.is_root()) return;
  const auto& words = settings.words;
  print_near(words[0] + " is to " + words[1] + " as " + words[2] + " is to", vectors, near[0]);
}

namespace {

struct EvaluateSettings {
  std::string input, analogies;
  std::vector<std::string> similarity;
  Index known_words = 30'000;
};

OptionSet evaluate_options(EvaluateSettings& settings) {
  OptionSet set("evaluate", "Evaluation of word vectors");
  set.add("input", settings.input, input_help)
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
    throw InputError(
        path, "", format("none of its %lld %s has known words only", static_cast<long long>(in_all), of_what),
        unknown.empty() ? "use more words: --known-words 0"
                        : "there is no vector for '" + unknown + "', for example; check the language of both files");
  });
}

/// Accuracy in percent; 0 if no question was asked.
double percent(const word_queries::SectionScore& score) {
  return score.asked > 0 ? 100 * static_cast<double>(score.right) / static_cast<double>(score.asked) : 0;
}

void print_score(const word_queries::SectionScore& score) {
  std::printf("%-32s %6.2f %%  %6lld correct of %6lld asked, %lld in total\n", score.name.c_str(), percent(score),
              static_cast<long long>(score.right), static_cast<long long>(score.asked),
              static_cast<long long>(score.in_all));
}

void print_analogies(const std::vector<word_queries::SectionScore>& scores) {
  word_queries::SectionScore all{"all"}, semantic{"the first five (semantic)"}, syntactic{"the others (syntactic)"};
  const auto add = [](word_queries::SectionScore& to, const word_queries::SectionScore& score) {
    to.right += score.right;
    to.asked += score.asked;
    to.in_all += score.in_all;
  };
  for (std::size_t i = 0; i < scores.size(); ++i) {
    print_score(scores[i]);
    add(i < 5 ? semantic : syntactic, scores[i]);
    add(all, scores[i]);
  }
  print_score(semantic);
  print_score(syntactic);
  print_score(all);
}

}  // namespace

void evaluate_command(const mpi::Communicator& comm, const Arguments& arguments) {
  EvaluateSettings settings;
  OptionSet set = evaluate_options(settings);
  const auto common = parse(comm, arguments, {&set}, Naming::plain);
  if (handled_help(comm, common, "evaluate", "evaluation of word vectors on analogies and word similarity", {&set},
                   Naming::plain)) {
    return;
  }
  if (settings.analogies.empty() && settings.similarity.empty()) {
    throw InputError("", "--analogies", "no question file named", "add --analogies FILE or --similarity FILE");
  }
  if (settings.known_words < 0) throw InputError("", "--known-words", "must not be negative", "0: all");
  Session session(comm, common);
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
    if (comm.is_root()) print_analogies(scores);
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
    if (comm.is_root()) {
      std::printf("%-32s rank correlation %.4f  %lld of %lld pairs\n", path.substr(path.rfind('/') + 1).c_str(),
                  score.spearman, static_cast<long long>(score.compared), static_cast<long long>(score.in_all));
      std::fflush(stdout);
    }
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

}  // namespace replearn::cli
