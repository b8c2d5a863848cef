#include "app/log/job_log.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <csignal>
#include <ctime>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>

#include "app/progress_line.hpp"
#include "base/error.hpp"
#include "base/memory.hpp"

namespace replearn::app {
namespace {

constexpr auto flush_interval = std::chrono::seconds(1);
constexpr double alive_seconds = 10, phase_seconds = 1;
constexpr std::string_view text_begins_with = "replearn ";

std::string utc_now() {
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:}{:06.3f}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                     static_cast<double>(now.time_since_epoch().count() % 60000) / 1000);
}

/// A command line that a shell reads as these words.
std::string quoted(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) {
    const bool is_plain = !word.empty() && word.find_first_of(" \t\n\"'\\$`*?[]{}()<>|&;!~#") == std::string::npos;
    std::string shown = word;
    if (!is_plain) {
      shown = "'";
      for (const char c : word) shown += c == '\'' ? std::string("'\\''") : std::string(1, c);
      shown += "'";
    }
    text += (text.empty() ? "" : " ") + shown;
  }
  return text;
}

/// Whether the first bytes of a file are those of a log in this form.
bool is_log(const std::string& begin, bool in_json) {
  if (!in_json) return begin.starts_with(text_begins_with);
  const auto entry = entry_of(begin.substr(0, begin.find('\n')));
  return entry && std::holds_alternative<LogStart>(entry->what);
}

/// Throws InputError if there is a file whose contents are not a log. Returns whether its last line has no end.
bool require_log(const std::string& path, int file, bool in_json) {
  const off_t bytes = ::lseek(file, 0, SEEK_END);
  if (bytes <= 0) return false;
  std::string begin(std::min<std::size_t>(static_cast<std::size_t>(bytes), 1 << 20), '\0');
  const auto read = ::pread(file, begin.data(), begin.size(), 0);
  begin.resize(static_cast<std::size_t>(std::max<ssize_t>(read, 0)));
  if (!is_log(begin, in_json)) {
    throw InputError(path, "--log",
                     std::string("exists, and is not a log in ") + (in_json ? "JSON" : "text") + " of replearn",
                     "choose another file, or remove this one");
  }
  char last = 0;
  return ::pread(file, &last, 1, bytes - 1) == 1 && last != '\n';
}

}  // namespace

std::string local_now() {
  return fmt::format("{:%Y-%m-%d %H:%M:%S %z}", fmt::localtime(std::time(nullptr)));
}

std::string hosts_text(const std::vector<LogStart::Host>& hosts) {
  constexpr std::size_t shown = 8;
  std::string text;
  for (std::size_t h = 0; h < std::min(hosts.size(), shown); ++h)
    text += fmt::format("{}{} ({})", h == 0 ? "" : ", ", hosts[h].name, hosts[h].ranks);
  return hosts.size() > shown ? text + fmt::format(" and {} more", hosts.size() - shown) : text;
}

std::string header_text(const LogStart& start, const std::string& started) {
  return fmt::format("{}{} (commit {}, build {})\n{} rank{} on {} host{}: {}\ncommand: {}\ndirectory: {}\nstarted: {}",
                     text_begins_with, start.program.version, start.program.commit, start.program.build, start.ranks,
                     start.ranks == 1 ? "" : "s", start.hosts.size(), start.hosts.size() == 1 ? "" : "s",
                     hosts_text(start.hosts), quoted(start.program.command), start.directory, started);
}

std::string progress_text(const LogProgress& now) {
  std::string text = log_prefix(now.phase) + ": iteration " + fmt::format("{}", now.step);
  if (now.steps > 0) text += fmt::format("/{}", now.steps);
  if (!now.stage.empty()) text += " (" + now.stage + ")";
  if (std::isfinite(now.loss)) text += fmt::format(", {} {:.6g}", now.loss_name, now.loss);
  if (now.rate > 0) {
    text += now.rate >= 1 ? fmt::format(", {:.0f} it/s", now.rate) : fmt::format(", {:.1f} s/iteration", 1 / now.rate);
    if (now.seconds_left > 0) text += ", at most " + duration_text(now.seconds_left) + " left";
  }
  return text;
}

struct JobLog::File {
  std::string path;
  bool is_json = false;
  int descriptor = -1;
  std::function<void(const std::string&)> warn;
  Stopwatch since_start, since_written, since_phase;
  std::string current_phase;
  std::set<std::string> phases;  ///< written so far
  bool ended = false, unflushed = false;
  std::mutex mutex;
  std::condition_variable_any wake;
  std::jthread thread;

  ~File() {
    if (thread.joinable()) {
      thread.request_stop();
      thread.join();
    }
    if (descriptor >= 0) {
      ::fdatasync(descriptor);
      ::close(descriptor);
    }
  }

  /// One call of write, which the system appends as a whole. The caller holds the mutex.
  void append(std::string text) {
    if (descriptor < 0) return;
    text += '\n';
    for (std::size_t done = 0; done < text.size();) {
      const auto bytes = ::write(descriptor, text.data() + done, text.size() - done);
      if (bytes < 0 && errno == EINTR) continue;
      if (bytes < 0) {
        const int failed = errno;
        ::close(std::exchange(descriptor, -1));
        if (warn) warn(path + ": the log cannot be written any more: " + std::generic_category().message(failed));
        return;
      }
      done += static_cast<std::size_t>(bytes);
    }
    since_written.restart();
    unflushed = true;
  }

  template <class What>
  void append_json(const What& what) {
    append(json_line({{utc_now(), since_start.seconds()}, what}));
  }

  void watch_over(const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    while (!wake.wait_for(lock, stop, flush_interval, [&] { return stop.stop_requested(); })) {
      if (ended) continue;
      if (is_json && since_written.seconds() >= alive_seconds) append_json(LogAlive{resident_memory_bytes()});
      if (!std::exchange(unflushed, false) || descriptor < 0) continue;
      const int flushed = ::dup(descriptor);  // may be closed meanwhile
      lock.unlock();
      ::fdatasync(flushed);
      ::close(flushed);
      lock.lock();
    }
  }
};

JobLog::JobLog(const std::string& path, const LogStart& start, std::function<void(const std::string&)> warn)
    : file_(std::make_unique<File>()) {
  auto& file = *file_;
  file.path = path;
  file.is_json = path.ends_with(".jsonl");
  file.descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file.descriptor < 0) {
    throw InputError(path, "--log", "cannot be written: " + std::generic_category().message(errno),
                     "choose another file");
  }
  const bool cut_short = require_log(path, file.descriptor, file.is_json);
  file.warn = std::move(warn);
  {
    const std::lock_guard lock(file.mutex);
    if (cut_short) file.append("");
    if (file.is_json)
      file.append_json(start);
    else
      file.append(header_text(start, local_now()));
  }
  // Signals are for the main thread.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  file.thread = std::jthread([&file](const std::stop_token& stop) { file.watch_over(stop); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

JobLog::~JobLog() = default;

bool JobLog::is_json() const {
  return file_->is_json;
}

void JobLog::message(const std::string& text, bool is_warning) {
  const std::lock_guard lock(file_->mutex);
  if (file_->ended) return;
  if (file_->is_json)
    file_->append_json(LogMessage{text, is_warning});
  else
    file_->append((is_warning ? "warning: " : "") + text);
}

void JobLog::phase(const std::string& name) {
  const std::lock_guard lock(file_->mutex);
  if (file_->ended || !file_->is_json || file_->current_phase == name) return;
  if (file_->phases.contains(name) && file_->since_phase.seconds() < phase_seconds) return;
  file_->since_phase.restart();
  file_->phases.insert(name);
  file_->current_phase = name;
  file_->append_json(LogPhase{name});
}

void JobLog::progress(const LogProgress& now) {
  const std::lock_guard lock(file_->mutex);
  if (file_->ended) return;
  file_->current_phase = now.phase;
  if (file_->is_json)
    file_->append_json(now);
  else
    file_->append(progress_text(now));
}

void JobLog::end(const LogEnd& end) {
  const std::lock_guard lock(file_->mutex);
  if (std::exchange(file_->ended, true)) return;
  if (file_->is_json) return file_->append_json(end);
  file_->append(table_text(end.phases) + (end.all_ranks ? "" : " (of rank 0)"));
  const std::string took = fmt::format("{} after {}", local_now(), duration_text(file_->since_start.seconds()));
  if (end.outcome == Outcome::done)
    file_->append("done: " + took + "\n");
  else
    file_->append((end.outcome == Outcome::stopped ? "stopped: " : "error: ") + end.message + "\nended: " + took +
                  fmt::format(", exit code {}\n", end.exit_code));
}

}  // namespace replearn::app
