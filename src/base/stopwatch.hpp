#pragma once
#include <chrono>

namespace replearn {

/// Wall-clock seconds since construction or the last restart.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  /// Returns the elapsed seconds and restarts at zero.
  double restart() {
    const double elapsed = seconds();
    start_ = Clock::now();
    return elapsed;
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

/// Wall-clock seconds since the system started this process, including loading, MPI initialization and reading of
/// input.
double process_seconds();

/// Peak resident memory of this process in bytes (Linux: VmHWM).
double peak_memory_bytes();

}  // namespace replearn
