#include "io/shared_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/error.hpp"
#include "io/durable.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

[[noreturn]] void fail(const std::string& path) {
  throw SystemError(path + ": cannot be written: " + std::strerror(errno));
}

}  // namespace

SharedFile::SharedFile(const mpi::Communicator& comm, const std::string& path, Index my_bytes)
    : comm_(comm),
      path_(path),
      temporary_path_(mpi::broadcast(comm, comm.is_root() ? temporary_path(path) : std::string())),
      offset_(my_bytes) {
  mpi::exclusive_sum(comm, std::span(&offset_, 1));
  mpi::on_root(comm, [&] {
    remove_leftovers(path);
    const int made = ::open(temporary_path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (made < 0) fail(path);
    ::close(made);
  });
  mpi::run_collectively(comm, [&] {
    file_ = ::open(temporary_path_.c_str(), O_WRONLY);
    if (file_ < 0) fail(path);
  });
}

SharedFile::~SharedFile() {
  if (file_ >= 0) ::close(file_);
  std::error_code ignored;
  if (!finished_ && comm_.is_root()) std::filesystem::remove(temporary_path_, ignored);
}

void SharedFile::write(const std::string& bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const auto put = ::pwrite(file_, bytes.data() + done, bytes.size() - done, offset_);
    if (put <= 0) fail(path_);
    done += static_cast<std::size_t>(put);
    offset_ += put;
  }
}

void SharedFile::finish() {
  mpi::run_collectively(comm_, [&] {
    if (::fsync(file_) != 0 && errno != EINVAL) fail(path_);
  });
  mpi::on_root(comm_, [&] { commit(temporary_path_, path_); });
  finished_ = true;
}

}  // namespace replearn::io
