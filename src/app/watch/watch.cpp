#include "app/watch/watch.hpp"

#include <chrono>
#include <thread>

#include "app/log/log_follower.hpp"
#include "base/error.hpp"
#include "base/stopwatch.hpp"

namespace replearn::app {
namespace {

/// The entries of the last run among those that were already in the log.
std::vector<LogEntry> of_last_run(std::vector<LogEntry> entries) {
  for (std::size_t i = entries.size(); i-- > 0;) {
    if (std::holds_alternative<LogStart>(entries[i].what))
      return {entries.begin() + static_cast<std::ptrdiff_t>(i), entries.end()};
  }
  return entries;
}

}  // namespace

LogEnd follow_job(const WatchSettings& settings, const Log& log, const JobDisplay& show) {
  constexpr auto interval = std::chrono::milliseconds(500);
  const std::string& path = settings.input;
  if (path.empty()) throw InputError("", "--input", "no file named", "replearn watch FILE.jsonl");
  LogFollower file(path);
  JobView job;
  Stopwatch silence;
  for (bool is_first = true, was_announced = false;;) {
    auto added = file.poll();
    if (is_first) added = of_last_run(std::move(added));
    if (!added.empty()) {
      is_first = false;
      silence.restart();
    }
    for (const auto& entry : added) job.add(entry);
    show(job, added, silence.seconds());
    if (job.end()) return *job.end();
    if (!file.exists() && !was_announced) {
      was_announced = true;
      log.line("waiting for " + path);
    }
    if (silence.seconds() >= settings.patience) {
      const std::string patience = duration_text(settings.patience);
      if (!file.exists())
        throw InputError(path, "", "no such file after " + patience,
                         "start the job with --log " + path + ", or wait longer with --patience");
      throw SystemError(path + ": no sign of life for " + patience +
                        ", and no last line: the job has probably been killed");
    }
    std::this_thread::sleep_for(interval);
  }
}

}  // namespace replearn::app
