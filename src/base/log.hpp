#pragma once
#include <string>

namespace replearn {

/// Log lines on standard error. Root holds an enabled log, other ranks a silent one, so that library code can log
/// without checking the rank. Passed as a value, never a global.
class Log {
 public:
  explicit Log(bool enabled = false) : enabled_(enabled) {}
  bool enabled() const { return enabled_; }
  /// Writes one line and adds the newline. Flushed immediately, since batch systems buffer.
  void line(const std::string& text) const;
  /// Writes a line with the prefix "warning: ".
  void warning(const std::string& text) const;

 private:
  bool enabled_;
};

/// "1.34 s", "12.5 s", "2 min 05 s", "3 h 12 min". seconds >= 0.
std::string duration_text(double seconds);
/// "512 B", "3.2 MB", "1.5 GB" (powers of 1,000).
std::string bytes_text(double bytes);

}  // namespace replearn
