#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/phase_table.hpp"
#include "base/index.hpp"

/// The lines of a log in JSON (--log FILE.jsonl): one object per line, whose "event" names its type.
namespace replearn::app {

/// The program and the command line that runs it, as the log begins with them.
struct Program {
  std::string version, commit, build;  ///< version empty: unknown, and the log has no header
  std::string verb;
  std::vector<std::string> command;  ///< the program's name and its arguments
};

/// When a line was written: UTC, "2026-12-01T03:40:12.345Z", and seconds since the start of the run.
struct LogTime {
  std::string time;
  double seconds = 0;
};

/// "start": the first line of a run. A run that is repeated or resumed appends its own to the same file.
struct LogStart {
  struct Host {
    std::string name;
    int ranks = 0;
  };
  Program program;
  int ranks = 0;
  std::vector<Host> hosts;
  std::string directory;
  long process = 0;  ///< of rank 0
};

/// "phase": a phase of the table of timings begins.
struct LogPhase {
  std::string phase;
};

/// "progress": a look at an iterative method.
struct LogProgress {
  std::string phase, stage;   ///< "tsne", "early exaggeration"
  Index step = 0, steps = 0;  ///< done so far, in total (0: unknown)
  std::string loss_name;
  double loss = 0;          ///< NaN: not computed
  double rate = 0;          ///< steps per second since the first look; NaN: unknown
  double memory = 0;        ///< resident bytes of rank 0
  double seconds_left = 0;  ///< of this phase, if the rate remains; NaN: unknown
};

/// "message" and "warning": a line of the text log.
struct LogMessage {
  std::string text;
  bool is_warning = false;
};

/// "alive": the program has had nothing to report for a while.
struct LogAlive {
  double memory = 0;  ///< resident bytes of rank 0
};

/// How a run ended.
enum class Outcome { done, stopped, error };

/// "end": the last line of a run.
struct LogEnd {
  Outcome outcome = Outcome::done;
  std::string message;  ///< of the error or the stop; empty: done
  int exit_code = 0;
  PhaseTable::Summary phases;
  bool all_ranks = true;  ///< false: the phases are those of rank 0, because the ranks could not be asked
};

struct LogEntry {
  LogTime at;
  std::variant<LogStart, LogPhase, LogProgress, LogMessage, LogAlive, LogEnd> what;
};

/// One line of JSON, without newline. Bytes that are not UTF-8 are replaced.
std::string json_line(const LogEntry& entry);
/// The entry of a line; nothing if it is not JSON or not an entry, such as a line cut short. Unknown events and fields
/// of later versions are skipped.
std::optional<LogEntry> entry_of(std::string_view line);

}  // namespace replearn::app
