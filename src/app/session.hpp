#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/job_files.hpp"
#include "app/log/job_log.hpp"
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
  bool quiet = false;                   ///< no log, progress or timings on standard error
  /// Interval between progress lines in a log that is not a terminal; none: 1 in a log file in JSON, 10 in text
  std::optional<double> progress_seconds = {};
  std::string log_file = {};            ///< output file for the log, JSON if it ends in .jsonl; empty: none
  Program program = {};                 ///< for the first lines of the log
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

 private:
  std::unique_ptr<JobLog> log_file_;  // log and phases hold a pointer to it

 public:
  Log log;
  PhaseTable phases;
  JobFiles files;

  /// Sets the distribution of rows, measuring the speed of the ranks if requested. Call before distributing any data.
  void balance_rows(Balance balance);
  /// Creates the CheckpointManager. Called before any computation that iterates.
  void enable_checkpoints(const JobSettings& job, const JobIdentity& identity);
  CheckpointManager& checkpoints();  ///< without a folder if they are not enabled
  /// Ends a job: writes the timings to the log and to the file of the settings.
  void finish();
  /// Writes how the run ended to the log file, if there is one. Local; message: of the error or the stop.
  void end_log(Outcome outcome, const std::string& message, int exit_code);

  JobLog* log_file() const { return log_file_.get(); }  ///< on root, if there is one
  /// Interval between progress lines in text and in JSON, if the log is not a terminal.
  double progress_seconds(bool in_json) const { return progress_seconds_.value_or(in_json ? 1 : 10); }

 private:
  std::optional<double> progress_seconds_;
  std::optional<PhaseTable::Summary> summary_;
  std::string timings_;
  std::unique_ptr<CheckpointManager> checkpoints_;
};

}  // namespace replearn::app
