#pragma once
#include <memory>
#include <string>
#include <vector>

#include "app/job_files.hpp"
#include "app/phase_table.hpp"
#include "base/log.hpp"
#include "mpi/communicator.hpp"

namespace replearn::app {

class CheckpointManager;
struct JobSettings;
struct JobIdentity;

/// Distribution of rows over ranks.
enum class Balance { even, measured };

struct SessionSettings {
  bool quiet = false;                   ///< no log, progress or timings
  double progress_seconds = 10;         ///< interval between progress lines if the log is not a terminal
  std::string timings = {};             ///< output file for the timings as JSON; empty: none
  double memory_limit = 0;              ///< bytes for all ranks of a node; 0: what node, control group or SLURM job has
  JobFiles files = {};                  ///< the files of the job, checked
  std::vector<std::string> notes = {};  ///< log lines, such as about options given by names of other programs
};

/// Context of a job: its ranks, log, timings and checkpoints. All ranks.
class Session {
 public:
  /// ranks: must outlive the session.
  explicit Session(const mpi::Communicator& ranks, SessionSettings settings = {});
  ~Session();

  const mpi::Communicator& comm;
  Log log;
  double progress_seconds;  ///< interval between progress lines if the log is not a terminal
  PhaseTable phases;
  JobFiles files;

  /// Sets the distribution of rows, measuring the speed of the ranks if requested. Call before distributing any data.
  void balance_rows(Balance balance);
  /// Creates the CheckpointManager. Called before any computation that iterates.
  void enable_checkpoints(const JobSettings& job, const JobIdentity& identity);
  CheckpointManager& checkpoints();  ///< without a folder if they are not enabled
  /// Ends a job: writes the timings to the log and to the file of the settings.
  void finish();

 private:
  std::string timings_;
  std::unique_ptr<CheckpointManager> checkpoints_;
};

}  // namespace replearn::app
