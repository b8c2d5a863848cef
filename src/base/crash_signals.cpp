#include "base/crash_signals.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstring>

namespace replearn {
namespace {

// A signal handler receives only the signal number, so its data are static.
std::atomic<int> rank_of_process{0};
constexpr int running = -1;
std::atomic<int> exit_code{running};

/// Assembles a line without allocating memory.
class Line {
 public:
  void add(const char* text) {
    for (; *text != '\0' && length_ < text_.size(); ++text) text_[length_++] = *text;
  }
  void add(int number) {
    char digits[12];
    int count = 0;
    do digits[count++] = static_cast<char>('0' + number % 10);
    while ((number /= 10) > 0);
    while (count > 0 && length_ < text_.size()) text_[length_++] = digits[--count];
  }
  void write() const {
    if (::write(STDERR_FILENO, text_.data(), length_) < 0) return;  // nothing can be done about a failure here
  }

 private:
  std::array<char, 256> text_{};
  std::size_t length_ = 0;
};

const char* name_of(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV, invalid memory access";
    case SIGBUS:
      return "SIGBUS, a mapped file or device failed";
    case SIGFPE:
      return "SIGFPE, a division by zero";
    case SIGILL:
      return "SIGILL, an instruction that this processor does not support";
    default:
      return "SIGABRT, aborted by the program or a library";
  }
}

void report_and_end(int signal) {
  Line line;
  line.add("replearn: rank ");
  line.add(rank_of_process.load());
  line.add(" crashed (");
  line.add(name_of(signal));
  if (const int code = exit_code.load(); code != running) {
    line.add(") in a library that was shutting down; what the job did is not affected\n");
    line.write();
    ::_exit(code);
  }
  line.add("); this is a bug, or a damaged input: please report it\n");
  line.write();
  // SA_RESETHAND has restored the default action, which ends the process (and writes a core file if enabled).
  ::raise(signal);
}

}  // namespace

void set_exit_code(int code) {
  exit_code = code;
}

void report_crashes(int rank) {
  rank_of_process = rank;
  struct sigaction action {};
  action.sa_handler = report_and_end;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) ::sigaction(signal, &action, nullptr);
}

}  // namespace replearn
