#include "app/checkpoint_manager.hpp"
#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet job_options(JobSettings& settings) {
  OptionSet set("job", "Checkpoints and time limits");
  set.add("checkpoint", settings.checkpoint,
          "Folder for the checkpoints of this job; must not be shared with other jobs. Running the same command again "
          "resumes from it, on any number of ranks; the result is as reproducible as that of an uninterrupted run. A "
          "run with other options or input is an error. Empty: no "
          "checkpoints")
      .writes_into_folder()
      .add_duration(
          "checkpoint-every", settings.checkpoint_every,
          "Interval between checkpoints, at least 20 times the duration of one; 0: only when the job is stopped")
      .between(0, 1e9)
      .add("max-hours", settings.max_hours,
           "Time limit in hours from the start of the process: at 99 % of it, write a checkpoint and exit with code "
           "75, as on SIGTERM, SIGUSR1 or when a file replearn.stop appears in the checkpoint folder. none: no limit")
      .between(0, 1e6);
  set.show_common({"checkpoint", "max-hours"}).show_zero_as("none", {"max-hours"});
  return set;
}

}  // namespace replearn::cli
