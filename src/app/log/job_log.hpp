#pragma once
#include <functional>
#include <memory>
#include <string>

#include "app/log/entries.hpp"
#include "base/stopwatch.hpp"

namespace replearn::app {

/// The lines that a text log begins with: version, commit, build, ranks and hosts, command, directory, time. started:
/// the time.
std::string header_text(const LogStart& start, const std::string& started);

/// "2026-12-01 03:40:12 +0000": now, in the time zone of this machine.
std::string local_now();

/// "node1 (4), node2 (4)", shortened beyond eight hosts.
std::string hosts_text(const std::vector<LogStart::Host>& hosts);

/// "t-SNE: iteration 100/750 (exaggeration), KL 0.875, 773 it/s, at most 1 s left".
std::string progress_text(const LogProgress& now);

/// The log file of a run: lines of JSON if the name ends in .jsonl, else text. Held by root. Lines are appended, so a
/// job that is resumed or repeated goes on in the same file. A disk that fails is reported once; the run continues.
///
/// A thread writes "alive" if nothing else was written for ten seconds, so that a reader can tell a long phase from a
/// killed program, and flushes the file every second, so that it is seen on other machines of a shared file system,
/// without the computation waiting for the disk. Functions may be called by any thread.
class JobLog {
 public:
  /// Creates or continues the file, and writes the first line. warn: reports a failing disk.
  /// Throws InputError if the file exists and is not such a log, or cannot be written.
  JobLog(const std::string& path, const LogStart& start, std::function<void(const std::string&)> warn);
  ~JobLog();

  void message(const std::string& text, bool is_warning);
  /// A phase begins. Phases that alternate quickly are written once a second.
  void phase(const std::string& name);
  void progress(const LogProgress& now);
  /// The last line. Later calls of any function have no effect.
  void end(const LogEnd& end);

  bool is_json() const;

 private:
  struct File;
  std::unique_ptr<File> file_;
};

}  // namespace replearn::app
