#pragma once
#include <cstddef>
#include <string>

#include "base/index.hpp"
#include "base/whole_file.hpp"

/// Writing large files durably; base/whole_file.hpp handles temporary names and renaming. One process.
namespace replearn::io {

/// Reserves disk space for the first `bytes` of a file without extending it, so that one process detects a full disk
/// here, rather than HDF5 (which does not always recover) or all ranks while they write rows. Does nothing on file
/// systems that cannot reserve space. Throws SystemError.
void reserve(const std::string& path, Index bytes);

/// Writes bytes at an offset of an existing file; several processes may do so concurrently at different offsets.
class PositionalWriter {
 public:
  explicit PositionalWriter(const std::string& path);
  ~PositionalWriter();
  PositionalWriter(const PositionalWriter&) = delete;
  PositionalWriter& operator=(const PositionalWriter&) = delete;
  void write(Index offset, const void* bytes, std::size_t count);
  /// Copies bytes from another file, within the kernel where supported, as cp does. Throws InputError if that file is
  /// too short.
  void copy(Index offset, const std::string& from, Index from_offset, Index count);
  /// Flushes written data to the disk (fsync).
  void synchronize();

 private:
  std::string path_;
  int file_;
};

using replearn::commit;
using replearn::process_name;
using replearn::remove_leftovers;
using replearn::temporary_path;

}  // namespace replearn::io
