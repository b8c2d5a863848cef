#pragma once
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "app/job_files.hpp"
#include "app/phase_table.hpp"
#include "app/stop_request.hpp"
#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "io/checkpoint/checkpoint.hpp"

namespace replearn::app {

/// Checkpoints and time limit of a job: section [job] of every iterative verb.
struct JobSettings {
  std::string checkpoint;         ///< folder; empty: no checkpoints
  double checkpoint_every = 600;  ///< seconds; 0: only when stopped or at the end of a computation
  double max_hours = 0;           ///< 0: no limit
  void validate() const;
};

/// What the results of a job depend on. Checkpoints of a job with another identity are refused.
struct JobIdentity {
  io::Conditions options;          ///< those that affect results, with their values
  std::vector<FileOption> inputs;  ///< their contents, not their names, count
};

/// The job stops early on request, after writing a checkpoint: exit code 75. Thrown on all ranks.
class Stopped : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Manages the long computations of a job, see run_with_checkpoints.hpp: resumes them from their last checkpoint,
/// writes new checkpoints, and stops the job on a signal, at the time limit or when a file `replearn.stop` appears in
/// the folder.
///
/// The ranks agree at each poll when to poll next: about every 0.2 s, but at most once per step. A poll is one
/// reduction of 24 bytes. The interval between checkpoints is at least 20 times the duration of the last one, so they
/// cost less than 5 % on any disk. All ranks.
class CheckpointManager {
 public:
  /// Collective; claims the folder.
  /// Throws InputError if the folder cannot be used or belongs to a job with other options or data, naming the
  /// difference.
  CheckpointManager(const mpi::Communicator& comm, const JobSettings& settings, const JobIdentity& identity,
                    const Log& log);

  /// Whether there is a checkpoint folder.
  bool enabled() const { return folder_.has_value(); }
  /// The checkpoint folder as given; empty if there is none.
  const std::string& folder() const { return settings_.checkpoint; }
  /// Fills the arrays from the last checkpoint; false if there is none.
  bool resume(const std::string& name, const NamedArrays& arrays);
  /// The step at which to poll next.
  Index next_poll(Index step) const { return step + poll_interval_; }
  /// Whether the arrays should be saved now.
  bool poll(const std::string& name, Index step, bool done);
  /// Whether to save a result that is computed once, before the iterations, so that a resumed job need not recompute
  /// it: if it took (on root) at least the checkpoint interval, or 20 times as long as writing its bytes (over all
  /// ranks) to a disk of 200 MB/s, or if the job is to stop now.
  bool should_cache(double seconds, double bytes);
  /// Writes a checkpoint. A failure is logged and retried later; the run continues.
  void save(const std::string& name, Index step, const NamedArrays& arrays);
  /// Throws Stopped if the last poll found a stop request, or SystemError if no checkpoint could be written. Call only
  /// while iterations remain.
  void stop_if_requested(const std::string& name, Index step);
  /// Throws Stopped if should_cache found a stop request.
  void stop_if_requested_after_caching(const std::string& name);

  /// For H5adWriter::commit: throws SystemError if a later run has taken over. Root.
  std::function<void()> fence() const;
  /// For verbs that write their output without H5adWriter: throws Superseded if a later run has taken over. All ranks.
  void require_claim() const;
  /// Removes the checkpoints, after the output has been written.
  void discard();

 private:
  enum class StopReason : Index { nothing, by_signal, by_time, by_file };
  StopReason local_request();

  const mpi::Communicator& comm_;
  JobSettings settings_;
  Log log_;
  std::optional<io::CheckpointFolder> folder_;
  std::optional<StopRequest> signals_;
  Stopwatch since_save_, since_poll_, since_file_;
  Index poll_interval_ = 1, last_step_ = 0;
  StopReason stop_reason_ = StopReason::nothing;
  double last_save_seconds_ = 0;
  std::map<std::string, Index> saved_;  ///< step of the last checkpoint
  std::string stop_cause() const;
};

}  // namespace replearn::app
