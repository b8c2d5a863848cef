#include "app/stop_request.hpp"

#include <atomic>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <initializer_list>

namespace replearn::app {
namespace {

// A signal handler gets no argument but the signal, so its state has to be static.
std::atomic<std::int64_t> first_milliseconds{0};
static_assert(std::atomic<std::int64_t>::is_always_lock_free, "else a handler may not touch it");

std::int64_t milliseconds() {
  std::timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);  // async-signal-safe
  return std::int64_t{1000} * now.tv_sec + now.tv_nsec / 1000000 + 1;
}

void handle_signal(int signal) {
  constexpr std::int64_t echo = 1000;
  const std::int64_t now = milliseconds();
  std::int64_t first = 0;
  if (first_milliseconds.compare_exchange_strong(first, now) || now - first <= echo) return;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

StopRequest::StopRequest() {
  for (const int signal : {SIGTERM, SIGUSR1}) std::signal(signal, handle_signal);
}

StopRequest::~StopRequest() {
  if (received()) return;  // the job is already stopping: a repeated signal has no effect
  for (const int signal : {SIGTERM, SIGUSR1}) std::signal(signal, SIG_DFL);
}

bool StopRequest::received() {
  return first_milliseconds != 0;
}

}  // namespace replearn::app
