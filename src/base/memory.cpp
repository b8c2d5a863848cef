#include "base/memory.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string>

namespace replearn {
namespace {

constexpr double unknown = std::numeric_limits<double>::infinity();

double meminfo(const std::string& entry) {
  std::ifstream file("/proc/meminfo");
  std::string name, unit;
  for (double kilobytes = 0; file >> name >> kilobytes; std::getline(file, unit)) {
    if (name == entry) return 1024 * kilobytes;
  }
  return unknown;
}

double number_in(const std::string& path) {
  std::ifstream file(path);
  double number = 0;
  return file >> number ? number : unknown;  // "max" means unlimited
}

/// Calls visit with the folder of each control group (version 2) of this process, from the innermost to the root.
template <class Visit>
void for_each_group(const Visit& visit) {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("0::")) continue;
    for (std::string group = line.substr(3);; group.erase(group.rfind('/'))) {
      visit("/sys/fs/cgroup" + (group == "/" ? "" : group));
      if (group.find('/') == std::string::npos) break;
    }
  }
}

/// Memory left by the control groups. The page cache counts as used there, but is released on demand.
double group_available() {
  double least = unknown;
  for_each_group([&](const std::string& folder) {
    const double limit = number_in(folder + "/memory.max"), used = number_in(folder + "/memory.current");
    double cached = 0;
    std::ifstream statistics(folder + "/memory.stat");
    std::string name;
    for (double bytes = 0; statistics >> name >> bytes;) {
      if (name == "inactive_file") cached = bytes;
    }
    if (limit < unknown && used < unknown) least = std::min(least, std::max(0.0, limit - used + cached));
  });
  return least;
}

double group_limit() {
  double least = unknown;
  for_each_group([&](const std::string& folder) { least = std::min(least, number_in(folder + "/memory.max")); });
  return least;
}

double limit = unknown;
int processes_on_node = 1;

/// Megabytes of memory per node that SLURM granted; it sets the variable only if the job asked for a size.
double slurm_limit() {
  const char* text = std::getenv("SLURM_MEM_PER_NODE");
  const double megabytes = text ? std::atof(text) : 0;
  return megabytes > 0 ? megabytes * 1024 * 1024 : unknown;
}

}  // namespace

double resident_memory_bytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

void limit_memory(double bytes, int processes) {
  limit = std::min(bytes > 0 ? bytes : unknown, slurm_limit());
  processes_on_node = processes;
}

double available_memory_bytes() {
  const double left = limit < unknown ? std::max(0.0, limit - processes_on_node * resident_memory_bytes()) : unknown;
  return std::min({meminfo("MemAvailable:"), group_available(), left});
}

double physical_memory_bytes() {
  return std::min({meminfo("MemTotal:"), group_limit(), slurm_limit()});
}

}  // namespace replearn
