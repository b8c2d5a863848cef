#include "app/progress_line.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <memory>

#include "base/stopwatch.hpp"

namespace replearn::app {
namespace {

/// "t-SNE: iteration 100/750 (exaggeration), KL 0.875, 773 it/s, at most 1 s left". done: iterations in `seconds`.
std::string describe(const std::string& name, const std::string& loss_name, const Progress& now, Index done,
                     double seconds) {
  std::string text = log_prefix(name) + ": iteration " + fmt::format("{}", now.iteration);
  if (now.iterations > 0) text += fmt::format("/{}", now.iterations);
  if (!now.phase.empty()) text += " (" + now.phase + ")";
  if (std::isfinite(now.loss)) text += fmt::format(", {} {:.6g}", loss_name, now.loss);
  if (seconds > 0 && done > 0) {
    const double rate = static_cast<double>(done) / seconds;
    text += rate >= 1 ? fmt::format(", {:.0f} it/s", rate) : fmt::format(", {:.1f} s/iteration", 1 / rate);
    if (now.iterations > now.iteration) {
      text += ", at most " + duration_text(static_cast<double>(now.iterations - now.iteration) / rate) + " left";
    }
  }
  return text;
}

}  // namespace

std::string log_prefix(std::string name) {
  const std::string word = "tsne";
  if (const auto at = name.find(word); at != std::string::npos) name.replace(at, word.size(), "t-SNE");
  return name;
}

ProgressCallback progress_line(const Session& session, const std::string& name, const std::string& loss_name) {
  if (!session.log.enabled()) return {};
  struct Shown {
    Stopwatch since_start, since_shown;
    Index first = -1;  // not 0 after resuming from a checkpoint
  };
  const auto shown = std::make_shared<Shown>();
  const bool terminal = isatty(STDERR_FILENO) == 1;
  const double interval = terminal ? 0.1 : session.progress_seconds;
  return [=](const Progress& now) {
    if (shown->first < 0) {
      shown->first = now.iteration;
      shown->since_start.restart();
    }
    const bool last = now.iterations > 0 && now.iteration >= now.iterations;
    if (!last && shown->since_shown.seconds() < interval) return;
    shown->since_shown.restart();
    const std::string text = describe(name, loss_name, now, now.iteration - shown->first, shown->since_start.seconds());
    if (terminal)
      std::fprintf(stderr, "\r\033[K%s%s", text.c_str(), last ? "\n" : "");
    else
      std::fprintf(stderr, "%s\n", text.c_str());
    std::fflush(stderr);
  };
}

}  // namespace replearn::app
