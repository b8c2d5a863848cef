#include "app/log/log_follower.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/error.hpp"

namespace replearn::app {
namespace {

constexpr std::size_t max_line_bytes = 16u << 20;

[[noreturn]] void refuse(const std::string& path) {
  throw InputError(path, "line 1", "is not the log of a job in JSON",
                   "start the job with --log FILE.jsonl, and watch that file");
}

/// An open file, closed at the end of the scope.
struct OpenFile {
  int descriptor;
  ~OpenFile() { ::close(descriptor); }
};

}  // namespace

std::vector<LogEntry> LogFollower::poll() {
  std::vector<LogEntry> entries;
  const OpenFile file{::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  exists_ = file.descriptor >= 0;
  if (!exists_ && (errno == ENOENT || errno == ENOTDIR)) return entries;
  const auto fail = [&] {
    throw InputError(path_, "", "cannot be read: " + std::generic_category().message(errno), "check the path");
  };
  struct stat found {};
  if (!exists_ || ::fstat(file.descriptor, &found) != 0) fail();
  if (!S_ISREG(found.st_mode)) throw InputError(path_, "", "is not a regular file", "name the file given to --log");
  if (found.st_size < position_) {
    position_ = 0;
    rest_.clear();
    recognized_ = false;
  }
  std::string bytes(1 << 16, '\0');
  for (;;) {
    const auto read = ::pread(file.descriptor, bytes.data(), bytes.size(), position_);
    if (read < 0 && (errno == EINTR || errno == ESTALE)) break;  // ESTALE: replaced on a network file system
    if (read < 0) fail();
    if (read == 0) break;
    position_ += read;
    rest_.append(bytes, 0, static_cast<std::size_t>(read));
    std::size_t begin = 0;
    for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
      auto entry = entry_of(std::string_view(rest_).substr(begin, end - begin));
      if (!recognized_ && !(entry && std::holds_alternative<LogStart>(entry->what))) refuse(path_);
      recognized_ = true;
      if (entry) entries.push_back(std::move(*entry));
      begin = end + 1;
    }
    rest_.erase(0, begin);
    if (rest_.size() > max_line_bytes) refuse(path_);
  }
  return entries;
}

}  // namespace replearn::app
