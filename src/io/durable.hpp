#pragma once
#include <cstddef>
#include <string>

#include "base/index.hpp"

/// What makes a file appear under its name only when it is whole, and stay there. One process.
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

/// Brings a file to the disk itself, renames it, and brings the folder to the disk too. Throws SystemError.
void appear(const std::string& temporary, const std::string& path);

/// Where a file is written until it is whole: beside it, hidden, under a name that no other process takes.
std::string aside_of(const std::string& path);

/// Removes what killed processes have left of a file there: of this host's those that no longer run, of others what
/// has not been touched for an hour (one that was only cut off, and comes back, then fails to rename it).
void remove_leftovers(const std::string& path);

/// "node12.3341.18f3a...": host, process, time. For names that no other process may take.
std::string process_name();

}  // namespace replearn::io
