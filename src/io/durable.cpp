#include "io/durable.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/error.hpp"
#include "base/log.hpp"

namespace replearn::io {
namespace {

SystemError cannot_write(const std::string& path, int error) {
  return SystemError(path + ": cannot be written: " + std::generic_category().message(error));
}

}  // namespace

void reserve(const std::string& path, Index bytes) {
  const int file = ::open(path.c_str(), O_RDWR);
  if (file < 0) throw SystemError(path + ": cannot be written");
  int failed = bytes > 0 && ::fallocate(file, FALLOC_FL_KEEP_SIZE, 0, bytes) != 0 ? errno : 0;
  rlimit limit{};  // of `ulimit -f`, which fallocate does not mind
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && static_cast<rlim_t>(bytes) > limit.rlim_cur) failed = EFBIG;
  ::close(file);
  if (failed == ENOSPC) {
    throw SystemError(path + ": cannot be written: the disk is full, " + bytes_text(static_cast<double>(bytes)) +
                      " are needed");
  }
  if (failed == EDQUOT || failed == EFBIG) throw cannot_write(path, failed);
}

PlacedWriter::PlacedWriter(const std::string& path) : path_(path), file_(::open(path.c_str(), O_WRONLY)) {
  if (file_ < 0) throw cannot_write(path_, errno);
}

PlacedWriter::~PlacedWriter() {
  if (file_ >= 0) ::close(file_);
}

void PlacedWriter::write(Index offset, const void* bytes, std::size_t count) {
  const auto* from = static_cast<const char*>(bytes);
  while (count > 0) {
    const auto written = ::pwrite(file_, from, count, static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw cannot_write(path_, written < 0 ? errno : ENOSPC);
    from += written;
    offset += written;
    count -= static_cast<std::size_t>(written);
  }
}

void PlacedWriter::synchronize() {
  if (::fsync(file_) != 0 && errno != EINVAL) throw cannot_write(path_, errno);
}

}  // namespace replearn::io
