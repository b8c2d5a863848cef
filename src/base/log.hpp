#pragma once
#include <string>

namespace replearn {

/// Lines for people on standard error. One rank (root) holds an enabled log, the others a silent one, so that
/// library code can write without asking who it is. A value to pass on, never a global.
class Log {
 public:
  explicit Log(bool enabled = false) : enabled_(enabled) {}
  bool enabled() const { return enabled_; }
  /// One line; the newline is added. Flushed at once: batch systems buffer.
  void line(const std::string& text) const;
  /// The same, marked "warning: ".
  void warning(const std::string& text) const;

 private:
  bool enabled_;
};

/// printf-style text, for log lines.
[[gnu::format(printf, 1, 2)]] std::string format(const char* pattern, ...);

/// "1.34 s", "12.5 s", "2 min 05 s", "3 h 12 min". seconds >= 0.
std::string duration_text(double seconds);
/// "512 B", "3.2 MB", "1.5 GB" (powers of 1,000).
std::string bytes_text(double bytes);

}  // namespace replearn
