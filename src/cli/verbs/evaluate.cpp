#include "app/evaluate/evaluate.hpp"

#include <fmt/core.h>

#include <cstdio>

#include "cli/options/options.hpp"
#include "cli/verb.hpp"

namespace replearn::cli {
namespace {

/// Accuracy in percent; 0 if no question was asked.
double percent(const word_queries::SectionScore& score) {
  return score.asked > 0 ? 100 * static_cast<double>(score.right) / static_cast<double>(score.asked) : 0;
}

void print_score(const word_queries::SectionScore& score) {
  fmt::print("{:32} {:6.2f} %  {:6} correct of {:6} asked, {} in total\n", score.name, percent(score), score.right,
             score.asked, score.in_all);
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

void print_similarity(const std::string& file, const word_queries::SimilarityScore& score) {
  fmt::print("{:32} rank correlation {:.4f}  {} of {} pairs\n", file.substr(file.rfind('/') + 1), score.spearman,
             score.compared, score.in_all);
  std::fflush(stdout);
}

}  // namespace

void evaluate_verb(const mpi::Communicator& comm, const Arguments& arguments) {
  app::EvaluateSettings settings;
  OptionSet set = evaluate_options(settings);
  auto common = parse(comm, arguments, {&set}, Naming::plain);
  if (handled_help(comm, common, "evaluate", {&set}, Naming::plain)) return;
  app::Session session(comm, std::move(common.session));
  app::evaluate_vectors(session, settings, {print_analogies, print_similarity});
}

}  // namespace replearn::cli
