// Implements hdf5_file.hpp: opening and closing.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/error.hpp"
#include "io/hdf5/hdf5_file.hpp"
#include "io/hdf5/hdf5_preflight.hpp"
#include "io/hdf5/lzf_filter.hpp"
#include "io/readable_file.hpp"
#include "mpi/collectives.hpp"

namespace replearn::io {
namespace {

/// One-time initialization per process: errors are thrown instead of printed; the LZF filter is registered.
void prepare_library() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  register_lzf_filter();
}

Hdf5Handle parallel_access(const mpi::Communicator& comm) {
  Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_mpio(access.id(), comm.raw(), MPI_INFO_NULL);
  return access;
}

/// Uses the latest format only where needed; allows more than 64 kB of attributes per object (column-order of many
/// columns).
Hdf5Handle serial_access() {
  Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_libver_bounds(access.id(), H5F_LIBVER_V18, H5F_LIBVER_LATEST);
  return access;
}

void unlock_if_refused(const Hdf5Handle& access, const std::string& path) {
  if (refuses_locks(path)) H5Pset_file_locking(access.id(), false, true);
}

void check_before_opening(const std::string& path) {
  require_readable_file(path);
  std::error_code error;
  if (std::filesystem::file_size(path, error) == 0)
    throw InputError(path, "", "the file is empty", "write or copy it again");
  if (!looks_like_hdf5(path)) throw InputError(path, "", "is not an HDF5 file", "replearn inspect identifies the file");
}

/// Redirects further HDF5 writes to memory for a file of one process. Returns false for files opened by all ranks.
bool redirect_to_memory(hid_t file) {
  const Hdf5Handle access(H5Fget_access_plist(file), H5Pclose);
  void* handle = nullptr;
  if (H5Pget_driver(access.id()) != H5FD_SEC2 || H5Fget_vfd_handle(file, H5P_DEFAULT, &handle) < 0) return false;
  const int memory = ::memfd_create("replearn", 0);
  if (memory < 0) return false;
  const bool turned = ::dup2(memory, *static_cast<int*>(handle)) >= 0;
  ::close(memory);
  return turned;
}

SystemError cannot_write(const std::string& path) {
  return SystemError(path + ": cannot be written: " + hdf5_write_reason(path));
}

/// The first process that opens a file lets a child process traverse it; the others skip this.
enum class Preflight { run, done };

Hdf5Handle open_for_reading(const std::string& path, Preflight state) {
  prepare_library();
  check_before_opening(path);
  if (state == Preflight::run) preflight(path);
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  unlock_if_refused(access, path);
  Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
  if (!file.ok()) fail_to_open(path);
  return file;
}

}  // namespace

bool refuses_locks(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const auto folder = fs::path(path).parent_path();
  const fs::path there = fs::exists(path, error) ? fs::path(path) : folder.empty() ? fs::path(".") : folder;
  const int file = ::open(there.c_str(), O_RDONLY | O_NONBLOCK);  // opening a pipe would block
  if (file < 0) return false;
  const bool refused = ::flock(file, LOCK_SH | LOCK_NB) != 0 && errno != EWOULDBLOCK && errno != EINTR;
  ::close(file);
  return refused;
}

bool looks_like_hdf5(const std::string& path) {
  prepare_library();
  std::error_code error;  // opening a pipe would block
  return std::filesystem::is_regular_file(path, error) && H5Fis_hdf5(path.c_str()) > 0;
}

Hdf5File Hdf5File::open(const std::string& path) {
  return {open_for_reading(path, Preflight::run), path, false};
}

// Not with MPI-IO: each rank reads on its own, and HDF5 duplicates the communicator of such a file, a collective
// operation, in places that only one rank may reach (opening a virtual dataset, following an external link).
Hdf5File Hdf5File::open(const mpi::Communicator& comm, const std::string& path) {
  mpi::on_root(comm, [&] { Hdf5File::open(path); });
  return mpi::run_collectively(comm, [&] { return Hdf5File(open_for_reading(path, Preflight::done), path, false); });
}

Hdf5File Hdf5File::create(const std::string& path) {
  prepare_library();
  const auto access = serial_access();
  unlock_if_refused(access, path);
  Hdf5Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()), H5Fclose);
  if (!file.ok()) throw cannot_write(path);
  return {std::move(file), path, true};
}

Hdf5File Hdf5File::modify(const std::string& path) {
  prepare_library();
  const auto access = serial_access();
  unlock_if_refused(access, path);
  Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, access.id()), H5Fclose);
  if (!file.ok()) throw cannot_write(path);
  return {std::move(file), path, true};
}

Hdf5File Hdf5File::modify(const mpi::Communicator& comm, const std::string& path) {
  prepare_library();
  const auto access = parallel_access(comm);
  Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, access.id()), H5Fclose);
  if (!mpi::agree(comm, file.ok())) throw cannot_write(path);
  return {std::move(file), path, true};
}

// If the disk is full, H5Fclose fails halfway and leaves an identifier on which HDF5 crashes at program exit. Data that
// cannot be flushed are therefore redirected to memory, where writing succeeds; a file opened by all ranks stays open.
std::string Hdf5File::flush_or_abandon() {
  if (!writing_ || !file_.ok() || H5Fflush(file_.id(), H5F_SCOPE_GLOBAL) >= 0) return "";
  const auto reason = hdf5_write_reason(path_);
  if (redirect_to_memory(file_.id()))
    file_.close();
  else
    file_.abandon();
  return reason;
}

Hdf5File::~Hdf5File() {
  flush_or_abandon();
}

void Hdf5File::close() {
  if (const auto reason = flush_or_abandon(); !reason.empty()) {
    throw SystemError(path_ + ": cannot be written: " + reason);
  }
  if (!file_.close()) throw cannot_write(path_);
}

}  // namespace replearn::io
