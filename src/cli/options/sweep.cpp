#include "app/sweep/sweep.hpp"

#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet sweep_options(SweepSettings& settings) {
  OptionSet set("sweep", "Hyperparameter sweep");
  set.add("vary", settings.vary,
          "Options of [factorize] and their values, NAME: VALUE VALUE..., comma-separated; elements of a list are "
          "separated by semicolons (hidden: 100;50 32;16)")
      .add_choice("mode", settings.mode, {{"each", SweepMode::each}, {"grid", SweepMode::grid}},
                  "Combination of the values. each: change one option at a time; grid: all combinations")
      .add(
          "task", settings.task,
          "Index, from 0, of the only run to execute, such as the task number of an array job; -1: all unfinished runs")
      .between(-1, 1e9)
      .add("folder", settings.folder,
           "Folder for finished runs, one file each; runs found there are not repeated. Empty: OUTPUT.runs")
      .writes_into_folder()
      .add("figure", settings.figure,
           "Output file for the figure of loss curves, one panel per option; empty: OUTPUT with the extension .png")
      .writes_file({".png", ".svg", ".pdf"});
  set.show_empty_as("auto", {"figure"});
  return set;
}

}  // namespace replearn::cli
