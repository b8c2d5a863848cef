#include "app/evaluate/evaluate.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "app/evaluate/maps.hpp"
#include "app/evaluate/table.hpp"
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

/// A row per score, a column per map. Estimates with their standard errors.
void print_maps(const app::MapEvaluation& evaluation) {
  const auto table = app::table_of(evaluation);
  const auto number = [](double value) {
    return std::abs(value) < 1e5 ? fmt::format("{:.4f}", value) : fmt::format("{:.4g}", value);
  };
  const auto text_of = [&](const map_quality::Estimate& score) {
    return score.error > 0 ? number(score.value) + " ± " + number(score.error) : number(score.value);
  };
  std::size_t first = std::string("reference: ").size() + evaluation.reference.size();
  for (const auto& row : table) first = std::max(first, row.name.size());
  std::vector<std::size_t> widths;
  for (std::size_t m = 0; m < evaluation.maps.size(); ++m) {
    widths.push_back(evaluation.maps[m].basis.size());
    for (const auto& row : table) widths.back() = std::max(widths.back(), text_of(row.scores[m]).size());
  }
  fmt::print("{:{}}", "reference: " + evaluation.reference, first);
  for (std::size_t m = 0; m < widths.size(); ++m) fmt::print("  {:>{}}", evaluation.maps[m].basis, widths[m]);
  for (const auto& row : table) {
    fmt::print("\n{:{}}", row.name, first);
    for (std::size_t m = 0; m < widths.size(); ++m) fmt::print("  {:>{}}", text_of(row.scores[m]), widths[m]);
  }
  for (const auto& pair : evaluation.pairs) {
    fmt::print("\n{} beside {}: Procrustes disparity {:.4f}, mutual neighbors", pair.first, pair.second, pair.procrustes);
    for (std::size_t i = 0; i < pair.mutual_neighbors.size(); ++i) {
      fmt::print("{} {:.4f} (k = {})", i > 0 ? "," : "", pair.mutual_neighbors[i], evaluation.neighborhoods.neighbors[i]);
    }
  }
  if (evaluation.agreement) {
    fmt::print("\n{} beside {}: ARI {:.4f}, NMI {:.4f}", evaluation.clusters, evaluation.labels,
               evaluation.agreement->adjusted_rand, evaluation.agreement->mutual_information);
  }
  fmt::print("\n");
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
  add_output_content(file_set, files.content);
  add_compression(file_set, files.compression);
  OptionSet set = evaluate_options(step.settings, words);
  const std::vector<OptionSet*> sets = {&file_set, &set};
  auto common = parse(comm, arguments, sets, Naming::plain);
  if (handled_help(comm, common, "evaluate", sets, Naming::plain)) return;
  run_in_session(comm, "evaluate", arguments, std::move(common), [&](app::Session& session) {
    if (!words.analogies.empty() || !words.similarity.empty() || holds_word_vectors(files)) {
      words.input = files.inputs.empty() ? "" : files.inputs.front();
      app::evaluate_vectors(session, words, {print_analogies, print_similarity});
      return;
    }
    step.settings.report = print_maps;
    app::Job job{"evaluate", {&step}};
    job.record = [&] { return record_of({&file_set, &set}); };
    run_job(session, files, job);
  });
}

}  // namespace replearn::cli
