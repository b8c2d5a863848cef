#include "app/progress_line.hpp"

#include <unistd.h>

#include <cstdio>
#include <limits>
#include <memory>

#include "base/memory.hpp"
#include "base/stopwatch.hpp"

namespace replearn::app {
namespace {

/// done: iterations in `seconds`.
LogProgress look_at(const std::string& name, const std::string& loss_name, const Progress& now, Index done,
                    double seconds) {
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  LogProgress look{name, now.phase, now.iteration, now.iterations, loss_name, now.loss, unknown, 0, unknown};
  if (seconds > 0 && done > 0) {
    look.rate = static_cast<double>(done) / seconds;
    if (now.iterations > 0) look.seconds_left = static_cast<double>(now.iterations - now.iteration) / look.rate;
  }
  return look;
}

}  // namespace

std::string log_prefix(std::string name) {
  const std::string word = "tsne";
  if (const auto at = name.find(word); at != std::string::npos) name.replace(at, word.size(), "t-SNE");
  return name;
}

ProgressCallback progress_line(const Session& session, const std::string& name, const std::string& loss_name) {
  JobLog* file = session.log_file();
  const bool is_shown = session.log.is_shown();
  if (!is_shown && !file) return {};
  struct Shown {
    Stopwatch since_start, since_shown, since_written;
    Index first = -1;  // not 0 after resuming from a checkpoint
  };
  const auto shown = std::make_shared<Shown>();
  const bool terminal = isatty(STDERR_FILENO) == 1;
  const bool in_json = file && file->is_json();
  const double interval = terminal ? 0.1 : session.progress_seconds(false);
  const double file_interval = session.progress_seconds(in_json);
  return [=](const Progress& now) {
    const bool first = shown->first < 0;
    if (first) {
      shown->first = now.iteration;
      shown->since_start.restart();
    }
    const bool last = now.iterations > 0 && now.iteration >= now.iterations;
    const bool shows = is_shown && (last || shown->since_shown.seconds() >= interval);
    const bool writes = file && (last || (in_json && first) || shown->since_written.seconds() >= file_interval);
    if (!shows && !writes) return;
    auto look = look_at(name, loss_name, now, now.iteration - shown->first, shown->since_start.seconds());
    if (writes) {
      shown->since_written.restart();
      look.memory = resident_memory_bytes();
      file->progress(look);
    }
    if (!shows) return;
    shown->since_shown.restart();
    const std::string text = progress_text(look);
    if (terminal)
      std::fprintf(stderr, "\r\033[K%s%s", text.c_str(), last ? "\n" : "");
    else
      std::fprintf(stderr, "%s\n", text.c_str());
    std::fflush(stderr);
  };
}

}  // namespace replearn::app
