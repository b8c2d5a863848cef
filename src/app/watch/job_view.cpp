#include "app/watch/job_view.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>

#include "app/log/job_log.hpp"
#include "app/progress_line.hpp"
#include "base/log.hpp"

namespace replearn::app {
namespace {

constexpr std::size_t messages_shown = 3, bar_width = 30, spark_width = 60;
constexpr double silence_shown = 25;  // a running job writes every ten seconds

/// "2026-12-01 03:40:12 UTC" of "2026-12-01T03:40:12.345Z".
std::string readable_time(const std::string& time) {
  if (time.size() < 19) return time;
  return time.substr(0, 10) + " " + time.substr(11, 8) + " UTC";
}

std::string bar(double share) {
  const auto full = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * bar_width);
  return "[" + std::string(full, '#') + std::string(bar_width - full, '.') + "]";
}

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// Cut to `width` characters; control characters, which could drive the terminal, become spaces.
std::string fitted(const std::string& line, std::size_t width) {
  std::string text;
  std::size_t characters = 0;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    const bool begins = (byte & 0xC0) != 0x80;
    if (begins && ++characters > width) break;
    text += byte < 0x20 || byte == 0x7F ? ' ' : c;
  }
  return text;
}

std::string outcome_text(const LogEnd& end) {
  return end.outcome == Outcome::done ? "done" : end.outcome == Outcome::stopped ? "stopped" : "error";
}

}  // namespace

std::string sparkline(const std::vector<double>& values, std::size_t width) {
  static constexpr const char* blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr std::size_t levels = std::size(blocks);
  const std::size_t count = std::min(width, values.size());
  std::vector<double> means(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(i * values.size() / count),
               end = values.begin() + static_cast<std::ptrdiff_t>((i + 1) * values.size() / count);
    means[i] = std::accumulate(begin, end, 0.0) / static_cast<double>(end - begin);
  }
  if (means.empty()) return "";
  const auto [low, high] = std::ranges::minmax(means);
  std::string text;
  for (const double mean : means) {
    const double share = high > low ? (mean - low) / (high - low) : 0;
    text += blocks[std::min(levels - 1, static_cast<std::size_t>(share * levels))];
  }
  return text;
}

std::string plain_text(const LogEntry& entry) {
  struct Text {
    const LogTime& at;
    std::string operator()(const LogStart& start) const { return header_text(start, readable_time(at.time)); }
    std::string operator()(const LogPhase& begun) const { return log_prefix(begun.phase) + ": begins"; }
    std::string operator()(const LogProgress& now) const { return progress_text(now); }
    std::string operator()(const LogMessage& message) const {
      return (message.is_warning ? "warning: " : "") + message.text;
    }
    std::string operator()(const LogAlive&) const { return ""; }
    std::string operator()(const LogEnd& end) const {
      return table_text(end.phases) + "\n" + outcome_text(end) + " after " + duration_text(at.seconds);
    }
  };
  std::string text;
  for (const auto& line : split_lines(std::visit(Text{entry.at}, entry.what)))
    text += (text.empty() ? "" : "\n") + fitted(line, std::string::npos);
  return text;
}

void JobView::enter(const std::string& phase, double seconds) {
  if (phase == phase_) return;
  if (!phase_.empty()) {
    const auto at = std::ranges::find(passed_, phase_, &std::pair<std::string, double>::first);
    const double passed = std::max(0.0, seconds - phase_since_);
    if (at == passed_.end())
      passed_.emplace_back(phase_, passed);
    else
      at->second += passed;
  }
  phase_ = phase;
  phase_since_ = seconds;
}

void JobView::add(const LogEntry& entry) {
  if (const auto* start = std::get_if<LogStart>(&entry.what)) {
    *this = JobView();
    start_ = *start;
    started_ = readable_time(entry.at.time);
  }
  if (std::isfinite(entry.at.seconds)) seconds_ = entry.at.seconds;
  if (const auto* begun = std::get_if<LogPhase>(&entry.what)) enter(begun->phase, seconds_);
  if (const auto* now = std::get_if<LogProgress>(&entry.what)) {
    enter(now->phase, seconds_);
    if (!progress_ || progress_->phase != now->phase) losses_.clear();
    progress_ = *now;
    if (std::isfinite(now->loss)) losses_.push_back(now->loss);
  }
  if (const auto* message = std::get_if<LogMessage>(&entry.what)) {
    for (const auto& line : split_lines((message->is_warning ? "warning: " : "") + message->text))
      messages_.push_back(line);
    if (messages_.size() > messages_shown) messages_.erase(messages_.begin(), messages_.end() - messages_shown);
  }
  if (const auto* end = std::get_if<LogEnd>(&entry.what)) end_ = *end;
}

std::vector<std::string> JobView::lines(std::size_t width, double silence) const {
  std::vector<std::string> lines;
  if (!start_) return lines;
  lines.push_back(fmt::format("replearn {} on {} rank{}, {}, started {}", start_->program.verb, start_->ranks,
                              start_->ranks == 1 ? "" : "s", hosts_text(start_->hosts), started_));
  if (end_) {
    for (const auto& line : split_lines(table_text(end_->phases))) lines.push_back(line);
    lines.push_back(outcome_text(*end_) + " after " + duration_text(seconds_));
  } else {
    std::string passed;
    for (const auto& [name, seconds] : passed_) {
      if (name != phase_) passed += (passed.empty() ? "" : ", ") + log_prefix(name) + " " + duration_text(seconds);
    }
    if (!passed.empty()) lines.push_back(passed);
    if (progress_ && progress_->phase == phase_) {
      const auto total = static_cast<double>(progress_->steps);
      const double share = total > 0 ? static_cast<double>(progress_->step) / total : 0;
      lines.push_back(progress_text(*progress_));
      lines.push_back((progress_->steps > 0 ? fmt::format("{} {:3.0f} %  ", bar(share), 100 * share) : "") +
                      (progress_->memory > 0 ? bytes_text(progress_->memory) + " on rank 0" : ""));
    } else if (!phase_.empty()) {
      lines.push_back(log_prefix(phase_) + ": " + duration_text(std::max(0.0, seconds_ - phase_since_ + silence)));
    }
    if (losses_.size() > 1) {
      const auto spark = sparkline(losses_, std::min(spark_width, width / 2));
      lines.push_back(fmt::format("{} {} {:.6g}", progress_->loss_name, spark, losses_.back()));
    }
    for (const auto& message : messages_) lines.push_back(message);
    if (silence > silence_shown) lines.push_back("no sign of life for " + duration_text(silence));
  }
  for (auto& line : lines) line = fitted(line, width);
  return lines;
}

}  // namespace replearn::app
