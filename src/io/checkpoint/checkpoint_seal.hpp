#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "io/checkpoint/checkpoint_arrays.hpp"
#include "mpi/communicator.hpp"

/// Trailer after the HDF5 data of a checkpoint that verifies every byte: checksums of the blocks of distributed rows,
/// computed in memory before writing, one checksum of everything else, and one of the seal itself. HDF5 ignores data
/// after its own end of file.
///
///     HDF5 data
///     | bytes, rest | per matrix: offset, rows, row bytes, block rows, block checksums
///     | checksum of the seal, bytes of the seal, "RPLSEAL1"
///
/// Numbers are 64-bit little-endian.
namespace replearn::io {

struct CheckpointSeal {
  Index bytes = 0;         ///< of the HDF5 file
  std::uint64_t rest = 0;  ///< checksum of everything except the rows of `matrices`
  std::vector<RowsInFile> matrices;
  std::vector<std::vector<std::uint64_t>> blocks;  ///< per matrix
};

/// Appends the seal to a complete, closed HDF5 file and computes `rest`. Throws SystemError. Root.
void append_seal(const std::string& path, CheckpointSeal seal);

/// Whether the file ends with a seal. One process.
bool ends_with_seal(const std::string& path);

/// Verifies every byte, each rank its share of the blocks; the number of ranks may differ from that of the writer.
/// past_cache: drops cached pages first, where the system permits, so that the disk is read. Returns a description of
/// the damage, "" if there is none. Collective.
std::string find_damage(const mpi::Communicator& comm, const std::string& path, bool past_cache);

}  // namespace replearn::io
