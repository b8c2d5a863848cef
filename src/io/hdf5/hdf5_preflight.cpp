#include "io/hdf5/hdf5_preflight.hpp"

#include <fmt/core.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <set>
#include <tuple>

#include "base/error.hpp"
#include "base/forked_child.hpp"
#include "base/log.hpp"
#include "io/hdf5/hdf5_links.hpp"
#include "io/hdf5/hdf5_walk.hpp"

namespace replearn::io {
namespace {

/// Identity of a file at the time of its check.
using Identity = std::tuple<dev_t, ino_t, off_t, std::int64_t, std::int64_t>;

struct State {
  InputCheck check = InputCheck::full;
  std::set<Identity> sound;
};

State& state() {
  static State the_process;
  return the_process;
}

/// Valid files use a small part of this limit regardless of size; a file that causes a loop uses all of it.
ChildLimits limits_of(off_t file_bytes) {
  const double size = static_cast<double>(file_bytes);
  return {4 + size / 20e6, 30 + size / 10e6, std::size_t{1} << 29};
}

/// Signals raised by the process itself; others come from outside (out-of-memory killer, scheduler) and do not indicate
/// a damaged file.
bool is_crash(int signal) {
  switch (signal) {
    case SIGSEGV:
    case SIGBUS:
    case SIGABRT:
    case SIGFPE:
    case SIGILL:
    case SIGSYS:
    case SIGTRAP:
      return true;
    default:
      return false;
  }
}

[[noreturn]] void refuse(const std::string& path, const ChildEnd& end, const ChildLimits& limits) {
  if (end.found == too_deep) throw InputError(path, end.at, too_deep, hint_too_deep);
  if (!end.found.empty()) throw InputError(path, end.at, "damaged: " + end.found, "copy or write the file again");
  if (end.how == ChildEnd::How::timed_out) {
    throw InputError(path, end.at,
                     fmt::format("damaged: HDF5 had not read it after {:.0f} s of CPU time or {:.0f} s in total",
                                 limits.processor_seconds, limits.wall_seconds),
                     "copy or write the file again; --check-input none opens it unchecked");
  }
  throw InputError(path, end.at, fmt::format("damaged: HDF5 could not read it ({})", ::strsignal(end.signal)),
                   "copy or write the file again");
}

}  // namespace

void set_input_check(InputCheck check) {
  state().check = check;
}

void preflight(const std::string& path) {
  if (state().check == InputCheck::none) return;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return;  // reported when it is opened
  const Identity identity{status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
  if (state().sound.contains(identity)) return;
  const ChildLimits limits = limits_of(status.st_size);
  const ChildEnd end = run_in_child(limits, [&](ChildNotes& notes) { walk_hdf5_file(path, notes); });
  const bool crashed = end.how == ChildEnd::How::signaled && is_crash(end.signal);
  if (crashed || end.how == ChildEnd::How::timed_out || !end.found.empty()) refuse(path, end, limits);
  if (end.how == ChildEnd::How::finished) state().sound.insert(identity);
}

}  // namespace replearn::io
