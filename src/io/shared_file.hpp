#pragma once
#include <string>

#include "mpi/communicator.hpp"

namespace replearn::io {

/// A file that all ranks write, each its stretch, and that appears under its name when it is whole.
class SharedFile {
 public:
  /// my_bytes: how long my stretch will be; stretches follow each other by rank. All ranks. Throws SystemError.
  SharedFile(const mpi::Communicator& comm, const std::string& path, Index my_bytes);
  ~SharedFile();
  SharedFile(const SharedFile&) = delete;
  SharedFile& operator=(const SharedFile&) = delete;

  /// More of my stretch. Local; throws SystemError.
  void write(const std::string& bytes);
  /// Brings it to the disk and gives it its name. All ranks; throws SystemError on all.
  void finish();

 private:
  const mpi::Communicator& comm_;
  std::string path_, aside_;
  Index offset_;
  int file_ = -1;
  bool finished_ = false;
};

}  // namespace replearn::io
