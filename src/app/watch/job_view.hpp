#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/log/entries.hpp"

namespace replearn::app {

/// Block characters for the values, which must be finite, scaled from the minimum to the maximum. More values than
/// `width` are averaged in groups of equal numbers.
std::string sparkline(const std::vector<double>& values, std::size_t width);

/// An entry as lines of text, without newline at the end; empty if there is nothing to print.
std::string plain_text(const LogEntry& entry);

/// What is known about a job from the entries of its log so far. A further run in the same log replaces it.
class JobView {
 public:
  void add(const LogEntry& entry);

  /// The lines to show in a terminal of `width` columns; none before the first entry. silence: seconds since the last
  /// entry.
  std::vector<std::string> lines(std::size_t width, double silence) const;
  /// How the last run has ended; nothing while it runs.
  const std::optional<LogEnd>& end() const { return end_; }

 private:
  void enter(const std::string& phase, double seconds);

  std::optional<LogStart> start_;
  std::string started_;
  std::vector<std::pair<std::string, double>> passed_;  ///< phases and their seconds so far
  std::string phase_;
  double phase_since_ = 0, seconds_ = 0;
  std::optional<LogProgress> progress_;
  std::vector<double> losses_;  ///< of the phase
  std::vector<std::string> messages_;
  std::optional<LogEnd> end_;
};

}  // namespace replearn::app
