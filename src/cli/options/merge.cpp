#include "app/merge/merge.hpp"

#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet merge_options(MergeSettings& settings) {
  OptionSet set("merge", "Merge");
  set.add("results", settings.results,
          "Files whose contents are added to those of the input, such as outputs of --output-content results. They must "
          "have the same cells and genes in the same order. Where several have an element, such as obsm/X_tsne, that of "
          "the last file is kept")
      .reads_file()
      .show_empty_as("required", {"results"});
  return set;
}

}  // namespace replearn::cli
