#pragma once
#include <chrono>

namespace replearn {

/// Wall-clock seconds since it was made or last restarted.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  /// Seconds so far; starts again at zero.
  double restart() {
    const double elapsed = seconds();
    start_ = Clock::now();
    return elapsed;
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

/// Wall-clock seconds since the system started this process: loading it, MPI and the reading of input count.
double process_seconds();

/// The largest resident memory of this process so far, in bytes (Linux: VmHWM).
double peak_memory_bytes();

}  // namespace replearn
