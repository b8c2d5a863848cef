#pragma once
#include <functional>
#include <string>
#include <utility>

namespace replearn {

/// Log lines on standard error, and in a log file if there is one. Root holds an enabled log, other ranks a silent one,
/// so that library code can log without checking the rank. Passed as a value, never a global.
class Log {
 public:
  /// Receives every line as well, without the prefix of warnings.
  using Copy = std::function<void(const std::string& text, bool is_warning)>;

  /// is_shown: lines go to standard error; copy: and to another place.
  explicit Log(bool is_shown = false, Copy copy = {}) : is_shown_(is_shown), copy_(std::move(copy)) {}
  bool is_shown() const { return is_shown_; }
  /// Writes one line and adds the newline. Flushed immediately, since batch systems buffer.
  void line(const std::string& text) const;
  /// Writes a line with the prefix "warning: ".
  void warning(const std::string& text) const;

 private:
  void show(const std::string& text) const;

  bool is_shown_;
  Copy copy_;
};

/// "1.34 s", "12.5 s", "2 min 05 s", "3 h 12 min". seconds >= 0.
std::string duration_text(double seconds);
/// "512 B", "3.2 MB", "1.5 GB" (powers of 1,000).
std::string bytes_text(double bytes);

}  // namespace replearn
