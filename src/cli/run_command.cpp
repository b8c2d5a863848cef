#include <algorithm>
#include <set>

#include "cli/commands.hpp"
#include "cli/keeper.hpp"
#include "cli/pulls.hpp"
#include "cli/steps.hpp"
#include "cli/verb.hpp"

namespace replearn::cli {
namespace {

/// Columns that preprocessing adds to obs, by which a picture of the same run may be coloured.
const std::vector<std::string> quality_columns = {"n_genes_by_counts", "total_counts", "total_counts_mt",
                                                  "pct_counts_mt"};

}  // namespace

void run_command(const mpi::Communicator& comm, const Arguments& arguments) {
  FileSettings files;
  PreprocessSettings preprocess;
  PcaSettings pca;
  NeighborsSettings neighbors;
  SammonSettings sammon;
  TsneSettings tsne;
  PlotSettings plot;
  JobSettings job;
  OptionSet file_set = file_options(files);
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
                     "take the section out, and run replearn " + section + " on the file that run writes");
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
  if (only_told(comm, common, "run",
                "the main job, step by step. A step is done if the config file has its [section] or the command line "
                "an option of it; if none is named: pca, neighbors, sammon, tsne and plot",
                used, Naming::qualified)) {
    return;
  }
  if (files.output.empty()) throw InputError("", "--output", "no file named", "add --output FILE.h5ad");
  check_numpy_output("run", files.output);
  const auto wanted = [&](const char* step) { return named.contains(step); };
  // What can be known to be wrong is told before hours of work, not after.
  if (wanted("preprocess")) preprocess.method.validate();
  if (wanted("pca")) pca.method.validate();
  if (wanted("sammon")) sammon.checked();
  if (wanted("plot")) plot.validate();

  Session session(comm, common);
  Workspace work(session, files);
  std::vector<const OptionSet*> determining;  // pictures are drawn when all is done
  for (const auto* set : recorded) {
    if (set->section() != "plot") determining.push_back(set);
  }
  session.keep(job, files.input, determining);
  if (wanted("plot")) check_colors(work, plot, wanted("preprocess") ? quality_columns : std::vector<std::string>{});
  if (wanted("tsne")) find_pulls(work, "--pull", tsne.pull);  // labels are there before anything is computed
  if (wanted("preprocess")) preprocess_step(work, preprocess);
  if (wanted("neighbors")) neighbors.method.validate(work.rows());
  if (wanted("tsne")) tsne.validate(work.rows());
  if (wanted("pca")) pca_step(work, pca);
  if (wanted("neighbors")) neighbors_step(work, neighbors);
  if (wanted("sammon")) sammon_step(work, sammon);
  if (wanted("tsne")) tsne_step(work, tsne);
  if (plot.basis.empty()) {  // the pictures of a run are of what it computed
    for (const char* step : {"pca", "sammon", "tsne"}) {
      if (wanted(step)) plot.basis.push_back(std::string("X_") + step);
    }
  }
  work.commit("run", recorded);
  if (wanted("plot")) plot_step(work, plot);
  finish(session);
}

}  // namespace replearn::cli
