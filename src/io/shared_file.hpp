#pragma once
#include <string>

#include "mpi/communicator.hpp"

namespace replearn::io {

/// A file written by all ranks, each its own range, that appears under its name when complete.
class SharedFile {
 public:
  /// my_bytes: length of this rank's range; ranges follow in rank order. All ranks. Throws SystemError.
  SharedFile(const mpi::Communicator& comm, const std::string& path, Index my_bytes);
  ~SharedFile();
  SharedFile(const SharedFile&) = delete;
  SharedFile& operator=(const SharedFile&) = delete;

  /// Appends to this rank's range. Local; throws SystemError.
  void write(const std::string& bytes);
  /// Flushes the file to disk and renames it. All ranks; throws SystemError on all.
  void finish();

 private:
  const mpi::Communicator& comm_;
  std::string path_, temporary_path_;
  Index offset_;
  int file_ = -1;
  bool finished_ = false;
};

}  // namespace replearn::io
