#include "app/watch/watch.hpp"
#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet watch_options(WatchSettings& settings) {
  OptionSet set("watch", "Following a job");
  set.add("input", settings.input,
          "The job's log: the file given to its --log, whose name ends in .jsonl. May not exist yet, and may be on a "
          "file system shared with the machine that runs the job")
      .add_duration("patience", settings.patience,
                    "Time without a new line after which the job is taken to be dead. A running job writes one at "
                    "least every ten seconds")
      .between(0.1, 1e9);
  return set.show_empty_as("required", {"input"});
}

}  // namespace replearn::cli
