#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

#include "app/checkpoint_manager.hpp"
#include "app/watch/watch.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "cli/failure.hpp"
#include "cli/options/options.hpp"
#include "cli/verb.hpp"
#include "mpi/collectives.hpp"

namespace replearn::cli {
namespace {

/// A block of lines on a terminal, drawn over the previous one.
class Screen {
 public:
  /// Columns of the terminal; 0: standard output is none, or the one without size that mpirun puts before a file.
  static std::size_t width() {
    winsize size{};
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
  }

  void draw(const std::vector<std::string>& lines) {
    std::string text = shown_ > 0 ? "\033[" + std::to_string(shown_) + "F\033[J" : "";
    for (const auto& line : lines) text += line + "\n";
    shown_ = lines.size();
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
  }

 private:
  std::size_t shown_ = 0;
};

void print_lines(const std::vector<app::LogEntry>& entries) {
  for (const auto& entry : entries) {
    if (const auto text = app::plain_text(entry); !text.empty()) std::printf("%s\n", text.c_str());
  }
  std::fflush(stdout);
}

/// Shows the job on a terminal, redrawn at every look, or prints its new lines.
class Display {
 public:
  void operator()(const app::JobView& job, const std::vector<app::LogEntry>& added, double silence) {
    if (const auto width = Screen::width(); width > 0)
      screen_.draw(job.lines(width - 1, silence));
    else
      print_lines(added);
  }

 private:
  Screen screen_;
};

}  // namespace

void watch_verb(const mpi::Communicator& comm, const Arguments& arguments) {
  app::WatchSettings settings;
  OptionSet set = watch_options(settings);
  const auto common = parse(comm, arguments, {&set}, Naming::plain);
  if (handled_help(comm, common, "watch", {&set}, Naming::plain)) return;
  int code = success;
  std::string message;
  mpi::on_root(comm, [&] {
    const auto end = app::follow_job(settings, Log(true), Display());
    code = end.exit_code;
    message = end.message;
  });
  code = mpi::broadcast(comm, code);
  message = mpi::broadcast(comm, message);
  if (code == stopped) throw app::Stopped("the job was stopped: " + message);
  if (code == input_error) throw InputError("", "the job failed", message);
  if (code != success) throw SystemError("the job failed: " + message);
}

}  // namespace replearn::cli
