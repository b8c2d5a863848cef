#include "base/forked_child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fstream>
#include <new>

#include "base/stopwatch.hpp"

namespace replearn {
namespace {

/// Address space that this process has mapped, in bytes; 0 if unknown.
std::size_t mapped_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  file >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

void lower_limit(int resource, rlim_t value) {
  rlimit limit{};
  if (getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) return;
  limit.rlim_cur = std::min(limit.rlim_cur, value);
  setrlimit(static_cast<__rlimit_resource>(resource), &limit);
}

/// Restores default signal handlers: those of MPI and the program must not run in the child.
void reset_signals() {
  for (int signal = 1; signal < NSIG; ++signal) std::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

void silence() {
  const int null = ::open("/dev/null", O_RDWR);
  if (null < 0) return;
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, stream);
}

void restrict_self(const ChildLimits& limits, std::size_t mapped) {
  lower_limit(RLIMIT_CORE, 0);
  lower_limit(RLIMIT_CPU, static_cast<rlim_t>(std::ceil(limits.processor_seconds)));
  if (mapped > 0) lower_limit(RLIMIT_AS, mapped + limits.memory_bytes);
}

[[noreturn]] void be_child(const ChildLimits& limits, std::size_t mapped, pid_t parent, ChildNotes& notes,
                           const std::function<void(ChildNotes&)>& work) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);  // the parent died before the line above
  reset_signals();
  silence();
  restrict_self(limits, mapped);
  try {
    work(notes);
  } catch (...) {  // a detected error is reported when the parent does the same work
  }
  _exit(0);
}

/// Returns false if the child is still running after the given time. `alive`: a pipe whose other end only the child
/// holds.
bool wait_for_end(int alive, double seconds) {
  const Stopwatch watch;
  while (true) {
    const double left = seconds - watch.seconds();
    if (left <= 0) return false;
    pollfd end{alive, POLLIN, 0};
    const int ready = ::poll(&end, 1, static_cast<int>(std::min(1000 * left + 1, 1e6)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return true;  // waitpid reports the rest
  }
}

void copy_text(std::string_view text, char* to, std::size_t room) {
  const std::size_t length = std::min(text.size(), room - 1);
  std::memcpy(to, text.data(), length);
  to[length] = '\0';
}

}  // namespace

void ChildNotes::at(std::string_view text) {
  copy_text(text, at_, text_bytes);
}

void ChildNotes::found(std::string_view text) {
  copy_text(text, found_, text_bytes);
}

ChildEnd run_in_child(const ChildLimits& limits, const std::function<void(ChildNotes&)>& work) {
  ChildEnd end;
  void* shared = ::mmap(nullptr, sizeof(ChildNotes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return end;
  auto* notes = new (shared) ChildNotes;
  int alive[2] = {-1, -1};
  const std::size_t mapped = mapped_bytes();
  const pid_t parent = getpid();
  const pid_t child = ::pipe2(alive, O_CLOEXEC) == 0 ? ::fork() : -1;
  if (child == 0) {
    ::close(alive[0]);
    be_child(limits, mapped, parent, *notes, work);
  }
  ::close(alive[1]);
  if (child > 0) {
    const bool ended = wait_for_end(alive[0], limits.wall_seconds);
    if (!ended) ::kill(child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    end.how = !ended || signal == SIGXCPU ? ChildEnd::How::timed_out
              : signal != 0               ? ChildEnd::How::signaled
                                          : ChildEnd::How::finished;
    end.signal = signal;
    end.at.assign(notes->at_, strnlen(notes->at_, ChildNotes::text_bytes));
    end.found.assign(notes->found_, strnlen(notes->found_, ChildNotes::text_bytes));
  }
  ::close(alive[0]);
  ::munmap(shared, sizeof(ChildNotes));
  return end;
}

}  // namespace replearn
