#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "mpi/communicator.hpp"

namespace replearn::io {

/// A temporary file beside the output that all ranks write and read; removed afterwards.
class ScratchFile {
 public:
  /// Reserves `bytes` on the disk. Collective. Throws SystemError.
  ScratchFile(const mpi::Communicator& comm, const std::string& output, Index bytes);
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  const std::string& path() const { return path_; }
  /// Local. Throws SystemError.
  std::vector<std::byte> read(Index offset, Index count) const;

 private:
  bool is_root_;
  std::string path_;
  int file_ = -1;
};

}  // namespace replearn::io
