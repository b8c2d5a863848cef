#include "base/stopwatch.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <fstream>
#include <sstream>
#include <string>

namespace replearn {
namespace {

/// Clock ticks between boot and the start of this process (proc(5), stat, field 22); -1 if unknown.
double start_ticks() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  const auto after_name = line.rfind(')');  // the name may contain any characters
  if (after_name == std::string::npos) return -1;
  std::istringstream rest(line.substr(after_name + 1));
  std::string word;
  for (int field = 3; field < 22; ++field) rest >> word;
  double ticks = 0;
  return rest >> ticks ? ticks : -1;
}

}  // namespace

double process_seconds() {
  static const Stopwatch first_asked;
  const double ticks = start_ticks();
  std::timespec now{};
  if (ticks < 0 || clock_gettime(CLOCK_BOOTTIME, &now) != 0) return first_asked.seconds();
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec) -
         ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024.0;  // Linux reports kilobytes
}

}  // namespace replearn
