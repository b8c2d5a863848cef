#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "cli/checkpoint_manager.hpp"
#include "cli/commands.hpp"
#include "cli/pulls.hpp"
#include "cli/steps.hpp"
#include "cli/verb.hpp"

namespace replearn::cli {
namespace {

/// obs columns added by preprocessing, by which pictures of the same run may be colored.
const std::vector<std::string> quality_columns = {"n_genes_by_counts", "total_counts", "total_counts_mt",
                                                  "pct_counts_mt"};

/// Keys of obsm that these steps write, with their dimensions; 0: the step does not run.
std::vector<std::pair<std::string, Index>> embeddings_of(const std::array<Index, 3>& pca_sammon_tsne) {
  constexpr const char* keys[] = {"X_pca", "X_sammon", "X_tsne"};
  std::vector<std::pair<std::string, Index>> found;
  for (std::size_t i = 0; i < pca_sammon_tsne.size(); ++i) {
    if (pca_sammon_tsne[i] > 0) found.emplace_back(keys[i], pca_sammon_tsne[i]);
  }
  return found;
}

/// Keys that can be drawn; if none can, all, so that the error is reported.
std::vector<std::string> drawn_of(const std::vector<std::pair<std::string, Index>>& embeddings) {
  std::vector<std::string> all, drawn;
  for (const auto& [key, dimensions] : embeddings) {
    all.push_back(key);
    if (dimensions >= 2) drawn.push_back(key);
  }
  return drawn.empty() ? all : drawn;
}

struct Step {
  std::string name;
  std::function<void()> work;
};

/// After a failed step: writes the results of the steps before it, then throws the error, which mentions the file.
[[noreturn]] void keep_what_is_done(Workspace& work, const std::vector<const OptionSet*>& options,
                                    const std::string& failed, const std::vector<std::string>& done,
                                    const InputError& error) {
  if (done.empty()) throw error;
  work.commit("run", options, failed);
  std::string steps;
  for (const auto& name : done) steps += (steps.empty() ? "" : ", ") + name;
  throw InputError(error.file(), error.place(), error.problem(),
                   error.hint() + (error.hint().empty() ? "" : "; ") + work.output_path() +
                       " contains the results of the steps before: " + steps);
}

}  // namespace

void run_command(const mpi::Communicator& comm, const Arguments& arguments) {
  FileSettings files;
  PreprocessSettings preprocess;
  PcaSettings pca;
  NeighborsSettings neighbors;
  SammonSettings sammon;
  sammon.method.zero_distance = sammon::ZeroDistance::merge;  // two identical cells must not fail a run of hours
  TsneSettings tsne;
  PlotSettings plot;
  JobSettings job;
  OptionSet file_set = file_options(files);
  add_compression(file_set, files.compression);
  std::vector<OptionSet> steps = {preprocess_options(preprocess), pca_options(pca),   neighbors_options(neighbors),
                                  sammon_options(sammon),         tsne_options(tsne), plot_options(plot)};
  std::vector<OptionSet*> all = {&file_set};
  for (auto& step : steps) all.push_back(&step);
  OptionSet job_set = job_options(job);
  all.push_back(&job_set);

  std::set<std::string> named;
  const auto common = parse(comm, arguments, all, Naming::qualified, &named);
  for (const auto& section : named) {
    const bool mine = std::any_of(all.begin(), all.end(), [&](const auto* set) { return set->section() == section; });
    if (mine) continue;
    throw InputError(common.config, "[" + section + "]", "run has no such step",
                     "remove the section, and run replearn " + section + " on the output of run");
  }
  named.erase("files");
  named.erase("job");
  if (named.empty()) named = {"pca", "neighbors", "sammon", "tsne", "plot"};
  std::vector<OptionSet*> used = {&file_set};
  for (auto& step : steps) {
    if (common.help || named.contains(step.section())) used.push_back(&step);
  }
  const std::vector<const OptionSet*> recorded(used.begin(), used.end());
  used.push_back(&job_set);
  if (handled_help(comm, common, "run",
                   "the main pipeline. A step runs if the config file has its [section] or the command line one of its "
                   "options; without any, the steps are pca, neighbors, sammon, tsne and plot",
                   used, Naming::qualified)) {
    return;
  }
  if (files.output.empty()) throw InputError("", "--output", "no file named", "add --output FILE.h5ad");
  const auto wanted = [&](const char* step) { return named.contains(step); };
  // Report errors before hours of work where possible.
  if (wanted("preprocess")) preprocess.method.validate();
  if (wanted("pca")) pca.method.validate();
  if (wanted("sammon")) sammon.checked();
  if (wanted("plot")) plot.validate();

  files.replaced = [&](const std::string& element) {
    return (wanted("preprocess") && preprocess.replaces(element)) ||
           (wanted("neighbors") && neighbors.replaces(element));
  };
  Session session(comm, common);
  Workspace work(session, files);
  std::vector<const OptionSet*> determining;  // pictures are drawn at the end
  for (const auto* set : recorded) {
    if (set->section() != "plot") determining.push_back(set);
  }
  session.keep(job, determining);
  const auto embeddings =
      embeddings_of({wanted("pca") ? pca.method.components : 0, wanted("sammon") ? sammon.dimensions : 0,
                     wanted("tsne") ? tsne.method.dimensions : 0});
  if (wanted("plot")) {
    if (plot.basis.empty()) plot.basis = drawn_of(embeddings);  // a run draws what it computed
    auto later = embeddings;                                    // steps that need components compute them
    if (!wanted("pca")) later.emplace_back("X_pca", 2);
    check_plot(work, plot, {wanted("preprocess") ? quality_columns : std::vector<std::string>{}, later});
  }
  if (wanted("tsne")) find_pulls(work, "--pull", tsne.pull);  // check labels before anything is computed
  const std::vector<Step> order = {{"preprocess", [&] { preprocess_step(work, preprocess); }},
                                   {"pca", [&] { pca_step(work, pca); }},
                                   {"neighbors", [&] { neighbors_step(work, neighbors); }},
                                   {"sammon", [&] { sammon_step(work, sammon); }},
                                   {"tsne", [&] { tsne_step(work, tsne); }}};
  const Log quiet;                // the steps themselves log lowered defaults
  const auto check_sizes = [&] {  // once the number of cells is known
    if (wanted("neighbors")) neighbors.for_cells(work.rows(), quiet);
    if (wanted("tsne")) tsne.for_cells(work.rows(), quiet);
  };
  std::vector<std::string> done;
  for (const auto& [name, step] : order) {
    if (!wanted(name.c_str())) continue;
    try {
      if (name != "preprocess" && (done.empty() || done.back() == "preprocess")) check_sizes();
      naming_file(files.input, step);
      done.push_back(name);
    } catch (const InputError& error) {
      keep_what_is_done(work, recorded, name, done, error);
    }
  }
  work.commit("run", recorded);
  if (wanted("plot")) plot_step(work, plot);
  finish(session);
}

}  // namespace replearn::cli
