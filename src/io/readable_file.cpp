#include "io/readable_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.hpp"

namespace replearn::io {
namespace {

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

}  // namespace

void require_readable_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) throw InputError(path, "", "no such file", "check the path");
    throw InputError(path, "", std::string("cannot be opened: ") + std::strerror(errno), "check the path");
  }
  if (!S_ISREG(status.st_mode)) {
    throw InputError(path, "", std::string("is not a file but ") + kind_of(status.st_mode),
                     S_ISDIR(status.st_mode) ? "give a file" : "write its output to a file, and give that file");
  }
  if (::access(path.c_str(), R_OK) != 0) {
    throw InputError(path, "", std::string("cannot be opened: ") + std::strerror(errno), "check permissions");
  }
}

}  // namespace replearn::io
