#include "io/durable.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

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
  rlimit limit{};  // `ulimit -f`, which fallocate ignores
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && static_cast<rlim_t>(bytes) > limit.rlim_cur) failed = EFBIG;
  ::close(file);
  if (failed == ENOSPC) {
    throw SystemError(path + ": cannot be written: the disk is full, " + bytes_text(static_cast<double>(bytes)) +
                      " are needed");
  }
  if (failed == EDQUOT || failed == EFBIG) throw cannot_write(path, failed);
}

PositionalWriter::PositionalWriter(const std::string& path) : path_(path), file_(::open(path.c_str(), O_WRONLY)) {
  if (file_ < 0) throw cannot_write(path_, errno);
}

PositionalWriter::~PositionalWriter() {
  if (file_ >= 0) ::close(file_);
}

void PositionalWriter::write(Index offset, const void* bytes, std::size_t count) {
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

void PositionalWriter::copy(Index offset, const std::string& from, Index from_offset, Index count) {
  const int source = ::open(from.c_str(), O_RDONLY);
  if (source < 0) throw InputError(from, "", "cannot be read: " + std::generic_category().message(errno));
  std::vector<char> room;
  const auto step = [&]() -> ssize_t {
    if (room.empty()) {
      off_t in = static_cast<off_t>(from_offset), out = static_cast<off_t>(offset);
      const auto copied = ::copy_file_range(source, &in, file_, &out, static_cast<std::size_t>(count), 0);
      if (copied >= 0 || errno == EINTR || errno == ENOSPC || errno == EDQUOT || errno == EFBIG) return copied;
      room.resize(std::size_t{1} << 20);  // different file systems, or no kernel support
    }
    const auto got = ::pread(source, room.data(), std::min(room.size(), static_cast<std::size_t>(count)),
                             static_cast<off_t>(from_offset));
    if (got > 0) write(offset, room.data(), static_cast<std::size_t>(got));
    return got;
  };
  try {
    while (count > 0) {
      const auto copied = step();
      if (copied < 0 && errno == EINTR) continue;
      if (copied < 0) throw cannot_write(path_, errno);
      if (copied == 0) throw InputError(from, "", "ends within its last array", "copy the file again");
      offset += copied;
      from_offset += copied;
      count -= copied;
    }
  } catch (...) {
    ::close(source);
    throw;
  }
  ::close(source);
}

void PositionalWriter::synchronize() {
  if (::fsync(file_) != 0 && errno != EINVAL) throw cannot_write(path_, errno);
}

}  // namespace replearn::io
