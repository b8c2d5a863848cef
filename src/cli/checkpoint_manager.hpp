#pragma once
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "cli/option_set.hpp"
#include "cli/phase_table.hpp"
#include "cli/stop_request.hpp"
#include "io/checkpoint.hpp"

namespace replearn::cli {

/// How a long job is kept: section [job] of every verb that iterates.
struct JobSettings {
  std::string checkpoint;         ///< folder; empty: nothing is kept
  double checkpoint_every = 600;  ///< seconds; 0: only when stopped or at the end of a computation
  double max_hours = 0;           ///< 0: no limit
  void validate() const;
};
OptionSet job_options(JobSettings& settings);

/// The job ends before it is done, as it was asked to, and what it has come to is kept: exit code 75. On all ranks.
class Stopped : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Looks after the long computations of a job, see drive.hpp: takes them up from their last checkpoint, writes the next
/// ones in time, and stops the job when a signal, the time limit or a file `replearn.stop` in the folder asks for it.
///
/// How often it looks is settled among the ranks at each look: about every 0.2 s, but no oftener than after every step.
/// A look is one reduction of 24 bytes. Checkpoints come no oftener than 20 times what the last one took, so that they
/// cost under 5 % whatever the disk. All ranks.
class CheckpointManager {
 public:
  /// sets: whose options results hang on, but for those that change none; of the files that options name, the content.
  /// Collective; claims the folder.
  /// Throws InputError if it cannot be used, or is that of a job of other options or other data, naming what differs.
  CheckpointManager(const mpi::Communicator& comm, const JobSettings& settings,
                    const std::vector<const OptionSet*>& sets, const Log& log);

  /// Whether there is a folder to keep anything in.
  bool keeps() const { return folder_.has_value(); }
  /// As it was named; empty if there is none.
  const std::string& folder() const { return settings_.checkpoint; }
  /// Fills the arrays from the last checkpoint; false if there is none.
  bool resume(const std::string& name, const NamedArrays& arrays);
  /// The step up to which to go before the next look.
  Index next_look(Index step) const { return step + stretch_; }
  /// Whether arrays should be saved now. Throws Superseded.
  bool look(const std::string& name, Index step, bool done);
  /// Of something computed once, before iterations, in so many seconds (root's count): whether it should be saved, for
  /// a run that takes the job up need not compute it again. That is so if it took as long as there is between
  /// checkpoints, or 20 times what writing its bytes (all ranks') takes on a disk of 200 MB/s, or if the job is to be
  /// stopped now.
  bool poll_once(double seconds, double bytes);
  /// Writes a checkpoint. One that cannot be written is told, and tried again later: the run goes on.
  void save(const std::string& name, Index step, const NamedArrays& arrays);
  /// Throws Stopped if the last look found that to be wanted and there is something left to do.
  void stop_if_wanted(const std::string& name, Index step);
  /// The same after poll_once.
  void stop_if_wanted_once(const std::string& name);

  /// For H5adWriter::commit: throws SystemError if a later run has taken over. Root.
  std::function<void()> fence() const;
  /// The same for verbs that write their output otherwise, before they do. Throws Superseded. All ranks.
  void require_mine() const;
  /// The output is written: checkpoints go.
  void done();

 private:
  enum class Wanted : Index { nothing, by_signal, by_time, by_file };
  Wanted wanted_here();

  const mpi::Communicator& comm_;
  JobSettings settings_;
  Log log_;
  std::optional<io::CheckpointFolder> folder_;
  std::optional<StopRequest> signals_;
  Stopwatch since_save_, since_look_, since_file_;
  Index stretch_ = 1, looked_at_ = 0;
  Wanted wanted_ = Wanted::nothing;
  bool due_ = false;
  double last_cost_ = 0;
  std::map<std::string, Index> saved_;  ///< step of the last checkpoint
  std::string why() const;
};

}  // namespace replearn::cli
