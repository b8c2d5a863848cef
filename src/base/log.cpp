#include "base/log.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

namespace replearn {

void Log::show(const std::string& text) const {
  if (!is_shown_) return;
  // Erases a progress line on a terminal.
  std::fprintf(stderr, "%s%s\n", isatty(STDERR_FILENO) == 1 ? "\r\033[K" : "", text.c_str());
  std::fflush(stderr);
}

void Log::line(const std::string& text) const {
  show(text);
  if (copy_) copy_(text, false);
}

void Log::warning(const std::string& text) const {
  show("warning: " + text);
  if (copy_) copy_(text, true);
}

std::string duration_text(double seconds) {
  if (seconds < 59.95) return fmt::format("{:.{}f} s", seconds, seconds < 9.995 ? 2 : 1);
  const long whole = std::lround(seconds);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

std::string bytes_text(double bytes) {
  const char* units[] = {"B", "kB", "MB", "GB", "TB"};
  int unit = 0;
  while (bytes >= 999.5 && unit < 4) {
    bytes /= 1000;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", bytes, unit == 0 || bytes >= 99.5 ? 0 : 1, units[unit]);
}

}  // namespace replearn
