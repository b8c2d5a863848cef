#pragma once
#include <string>
#include <vector>

#include "app/log/entries.hpp"

namespace replearn::app {

/// Reads a log in JSON while a job writes it, perhaps on another machine. The file is opened anew for each look, which
/// makes network file systems show its latest contents, and read from where the last look ended. A last line without
/// end is read when it is complete. Local; one thread.
class LogFollower {
 public:
  explicit LogFollower(std::string path) : path_(std::move(path)) {}

  /// The entries added since the last call; none if the file does not exist yet. Lines that are not entries, such as
  /// those of a killed run, are skipped. If the file has become shorter, it is read again from its beginning.
  /// Throws InputError if the file is not a log in JSON or cannot be read.
  std::vector<LogEntry> poll();
  /// Whether the last call found a file.
  bool exists() const { return exists_; }

 private:
  std::string path_, rest_;  ///< rest_: of the last line
  long long position_ = 0;
  bool exists_ = false, recognized_ = false;
};

}  // namespace replearn::app
