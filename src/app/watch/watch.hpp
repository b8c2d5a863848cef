#pragma once
#include <functional>
#include <string>
#include <vector>

#include "app/watch/job_view.hpp"
#include "base/log.hpp"

namespace replearn::app {

struct WatchSettings {
  std::string input;     ///< the log of the job, in JSON
  double patience = 60;  ///< seconds without a new line after which the job is taken to be dead
};

/// Called at every look, about twice a second: the job, the entries added since the last call, and the seconds since
/// the last entry.
using JobDisplay = std::function<void(const JobView& job, const std::vector<LogEntry>& added, double silence)>;

/// Follows the log of a job, of its last run if there are several, until the job ends; tells how. Polls the file, so
/// it works on any file system. A file that does not exist yet is waited for, with a line in the log. One process.
/// Throws InputError if the file does not appear in time or is not a log in JSON, SystemError if the job is dead.
LogEnd follow_job(const WatchSettings& settings, const Log& log, const JobDisplay& show);

}  // namespace replearn::app
