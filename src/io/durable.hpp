#pragma once
#include <cstddef>
#include <string>

#include "base/index.hpp"
#include "base/whole_file.hpp"

/// What brings the bytes of large files to the disk; base/whole_file.hpp has what gives them their name. One process.
namespace replearn::io {

/// Reserves disk space for the first `bytes` of a file without making it longer, so that a full disk is met here, by
/// one process, and neither in the midst of HDF5, which does not survive it everywhere, nor by all ranks while they
/// write their rows. File systems that cannot reserve are let pass. Throws SystemError.
void reserve(const std::string& path, Index bytes);

/// Bytes into the midst of a file that is there; several processes may do so at once, each at its own place.
class PlacedWriter {
 public:
  explicit PlacedWriter(const std::string& path);
  ~PlacedWriter();
  PlacedWriter(const PlacedWriter&) = delete;
  PlacedWriter& operator=(const PlacedWriter&) = delete;
  void write(Index offset, const void* bytes, std::size_t count);
  /// Bytes of another file, through the kernel where it can: as cp does. Throws InputError if that file ends before.
  void copy(Index offset, const std::string& from, Index from_offset, Index count);
  /// Brings what was written to the disk itself.
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
