#include "app/evaluate/evaluate.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <functional>

#include "app/evaluate/maps.hpp"
#include "app/job.hpp"
#include "cli/options/files.hpp"
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

/// Whether the input has no maps, which only .h5ad files have.
bool holds_word_vectors(const app::FileSettings& files) {
  return std::ranges::any_of(files.inputs, [](const auto& name) { return !name.ends_with(".h5ad"); });
}

/// A row per score, a column per map.
void print_row(const std::string& name, Index k, const std::vector<app::MapScores>& maps,
               const std::function<double(const map_quality::NeighborhoodScores&)>& score) {
  fmt::print("{:24}", k > 0 ? fmt::format("{}, k = {}", name, k) : name);
  for (const auto& map : maps) fmt::print("  {:>{}.4f}", score(map.neighborhoods), std::max<std::size_t>(8, map.basis.size()));
  fmt::print("\n");
}

void print_maps(const app::MapEvaluation& evaluation) {
  fmt::print("{:24}", "reference: " + evaluation.reference);
  for (const auto& map : evaluation.maps) fmt::print("  {:>8}", map.basis);
  fmt::print("\n");
  const auto& k = evaluation.neighborhoods;
  const auto rows = [&](const char* name, const std::vector<Index>& neighbors,
                        std::vector<double> map_quality::NeighborhoodScores::*scores) {
    for (std::size_t i = 0; i < neighbors.size(); ++i) {
      print_row(name, neighbors[i], evaluation.maps, [&](const auto& of) { return (of.*scores)[i]; });
    }
  };
  using Scores = map_quality::NeighborhoodScores;
  rows("neighbor recall", k.neighbors, &Scores::recall);
  rows("trustworthiness", k.rank_neighbors, &Scores::trustworthiness);
  rows("continuity", k.rank_neighbors, &Scores::continuity);
  rows("MRRE, false", k.rank_neighbors, &Scores::mrre_false);
  rows("MRRE, missing", k.rank_neighbors, &Scores::mrre_missing);
  std::fflush(stdout);
}

}  // namespace

void evaluate_verb(const mpi::Communicator& comm, const Arguments& arguments) {
  app::FileSettings files;
  app::StepOf<app::EvaluateMapsSettings> step("evaluate", app::evaluate_maps_step);
  app::EvaluateSettings words;
  OptionSet file_set = file_options(
      files, "Output file (.h5ad) with the scores in obs and uns/evaluate. Empty: scores are printed only", {".h5ad"});
  file_set.show_empty_as("none", {"output"});
  add_compression(file_set, files.compression);
  OptionSet set = evaluate_options(step.settings, words);
  const std::vector<OptionSet*> sets = {&file_set, &set};
  auto common = parse(comm, arguments, sets, Naming::plain);
  if (handled_help(comm, common, "evaluate", sets, Naming::plain)) return;
  app::Session session(comm, std::move(common.session));
  if (!words.analogies.empty() || !words.similarity.empty() || holds_word_vectors(files)) {
    words.input = files.inputs.empty() ? "" : files.inputs.front();
    app::evaluate_vectors(session, words, {print_analogies, print_similarity});
    return;
  }
  step.settings.report = print_maps;
  app::Job job{"evaluate", {&step}};
  job.record = [&] { return record_of({&file_set, &set}); };
  run_job(session, files, job);
}

}  // namespace replearn::cli
