#include "base/whole_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>

#include "base/error.hpp"
#include "base/log.hpp"

namespace replearn {
namespace {

namespace fs = std::filesystem;

constexpr const char* extension = ".part";

void synchronize(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY);
  const bool ok = file >= 0 && ::fsync(file) == 0;
  const int failed = errno;
  if (file >= 0) ::close(file);
  if (!ok && failed != EINVAL)
    throw SystemError(path + ": cannot be flushed to disk: " + std::generic_category().message(failed));
}

/// PID namespace, "4026531836"; "0" if unknown.
std::string process_namespace() {
  std::error_code failed;
  const std::string link = fs::read_symlink("/proc/self/ns/pid", failed).string();  // "pid:[4026531836]"
  const auto begin = link.find('['), end = link.find(']');
  return begin == std::string::npos || end == std::string::npos ? "0" : link.substr(begin + 1, end - begin - 1);
}

/// Start time of a process of this host, in ticks since boot; nothing if it is not running. A zombie is not running.
std::optional<unsigned long long> start_of(long process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string text;
  if (!std::getline(file, text)) return {};
  std::istringstream words(text.substr(std::min(text.rfind(')') + 1, text.size())));  // after the command name
  std::string state, skipped;
  words >> state;
  if (state == "Z" || state == "X") return {};
  for (int field = 4; field < 22; ++field) words >> skipped;
  unsigned long long start = 0;
  return words >> start ? std::optional(start) : std::nullopt;
}

/// Prefix of the temporary file names for this target; long names are truncated to stay within the limit.
std::string stem_of(const fs::path& target) {
  constexpr std::size_t longest = 120;
  return "." + target.filename().string().substr(0, longest) + ".";
}

/// The writer of a temporary file, parsed from its name "HOST.PROCESS.STARTtTIMEnNAMESPACE" (the last three as
/// hexadecimal and decimal numbers; earlier versions wrote only the time).
struct Maker {
  std::string host, name_space;
  long process = 0;
  std::optional<unsigned long long> start;
};

std::optional<Maker> maker_of(const std::string& name) {
  const auto last = name.rfind('.');
  const auto before = last == std::string::npos || last == 0 ? std::string::npos : name.rfind('.', last - 1);
  if (before == std::string::npos) return {};
  Maker maker;
  maker.host = name.substr(0, before);
  maker.process = std::strtol(name.c_str() + before + 1, nullptr, 10);
  const std::string stamp = name.substr(last + 1);
  const auto time = stamp.find('t'), space = stamp.find('n');
  if (time != std::string::npos) maker.start = std::strtoull(stamp.c_str(), nullptr, 16);
  if (space != std::string::npos) maker.name_space = stamp.substr(space + 1);
  if (maker.process <= 0) return {};
  return maker;
}

bool is_gone(const Maker& maker) {
  const auto start = start_of(maker.process);
  if (start) return maker.start && *maker.start != *start;  // else the PID has been reused by another process
  std::error_code none;
  if (fs::exists("/proc/self/stat", none)) return true;
  return ::kill(static_cast<pid_t>(maker.process), 0) != 0 && errno == ESRCH;
}

}  // namespace

std::string host_name() {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  return host;
}

std::string link_target(const std::string& path) {
  constexpr int max_links = 40;
  fs::path target(path);
  std::error_code failed;
  for (int i = 0; i < max_links; ++i) {
    if (!fs::is_symlink(fs::symlink_status(target, failed))) return target.string();
    const auto next = fs::read_symlink(target, failed);
    if (failed) return target.string();
    target = next.is_absolute() ? next : target.parent_path() / next;
  }
  throw InputError(path, "", "is a symbolic link that leads back to itself", "give a file name");
}

std::string temporary_path(const std::string& path) {
  const fs::path target(link_target(path));
  return (target.parent_path() / (stem_of(target) + process_name() + extension)).string();
}

void commit(const std::string& temporary, const std::string& path) {
  const std::string target = link_target(path);
  synchronize(temporary);
  std::error_code failed;
  const auto there = fs::status(target, failed);
  if (fs::exists(there) && !fs::is_regular_file(there)) {
    fs::remove(temporary, failed);
    throw SystemError(path + ": is not a regular file and is left unchanged");
  }
  fs::rename(temporary, target, failed);
  if (failed) throw SystemError(path + ": cannot be written: " + failed.message());
  const auto folder = fs::path(target).parent_path();
  synchronize(folder.empty() ? "." : folder.string());
}

void write_whole_file(const std::string& path, const std::string& bytes) {
  remove_leftovers(path);
  const std::string temporary = temporary_path(path);
  try {
    std::ofstream file(temporary, std::ios::binary);
    if (!file) {
      throw InputError(path, "", "cannot be written: " + std::generic_category().message(errno),
                       "give a file in an existing, writable folder");
    }
    file << bytes;
    file.close();
    if (!file) throw SystemError(path + ": cannot be written: " + std::generic_category().message(errno));
    commit(temporary, path);
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
}

void remove_leftovers(const std::string& path) {
  constexpr auto stale_after = std::chrono::hours(1);
  const fs::path target(link_target(path));
  const std::string begin = stem_of(target), host = host_name(), space = process_namespace();
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(target.has_parent_path() ? target.parent_path() : ".", failed)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(begin) || !name.ends_with(extension)) continue;
    if (name.size() < begin.size() + std::string(extension).size()) continue;
    const auto maker = maker_of(name.substr(begin.size(), name.size() - begin.size() - std::string(extension).size()));
    if (!maker) continue;
    const bool ours = maker->host == host && (maker->name_space.empty() || maker->name_space == space);
    const auto touched = fs::last_write_time(entry.path(), failed);
    if (failed) continue;
    const bool old = !ours && fs::file_time_type::clock::now() - touched > stale_after;
    if (old || (ours && is_gone(*maker))) fs::remove(entry.path(), failed);
  }
}

std::string process_name() {
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  const long process = static_cast<long>(::getpid());
  return fmt::format("{}.{}.{:x}t{:x}n{}", host_name(), process, start_of(process).value_or(0), now,
                     process_namespace());
}

}  // namespace replearn
