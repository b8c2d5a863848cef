#include "io/scratch_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/error.hpp"
#include "io/durable.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

SystemError failure(const std::string& path, const std::string& what, int error) {
  return SystemError(path + ": " + what + ": " + std::generic_category().message(error));
}

}  // namespace

ScratchFile::ScratchFile(const mpi::Communicator& comm, const std::string& output, Index bytes)
    : is_root_(comm.is_root()), path_(mpi::broadcast(comm, comm.is_root() ? temporary_path(output) : std::string())) {
  try {
    mpi::on_root(comm, [&] {
      const int made = ::open(path_.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600);
      if (made < 0) throw failure(path_, "cannot be made", errno);
      const bool sized = ::ftruncate(made, static_cast<off_t>(bytes)) == 0;
      const int error = errno;
      ::close(made);
      if (!sized) throw failure(path_, "cannot be written", error);
      reserve(path_, bytes);
    });
    mpi::run_collectively(comm, [&] {
      file_ = ::open(path_.c_str(), O_RDONLY);
      if (file_ < 0) throw failure(path_, "cannot be read", errno);
    });
  } catch (...) {
    if (file_ >= 0) ::close(file_);
    if (is_root_) ::unlink(path_.c_str());
    throw;
  }
}

ScratchFile::~ScratchFile() {
  ::close(file_);
  if (is_root_) ::unlink(path_.c_str());
}

std::vector<std::byte> ScratchFile::read(Index offset, Index count) const {
  std::vector<std::byte> bytes(count);
  for (std::size_t done = 0; done < bytes.size();) {
    const auto got =
        ::pread(file_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset) + static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw failure(path_, "cannot be read", got < 0 ? errno : EIO);
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace replearn::io
