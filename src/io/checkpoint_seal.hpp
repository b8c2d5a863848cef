#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "io/checkpoint_arrays.hpp"
#include "mpi/communicator.hpp"

/// What stands behind the HDF5 file of a checkpoint and tells whether every byte of it is as it was written: checksums
/// of the blocks of its distributed rows, taken in memory before they were written, one of everything else, and one of
/// the seal itself. HDF5 takes no notice of what follows its own end of the file.
///
///     HDF5 | sealed bytes, rest | matrices: offset, rows, row bytes, block rows, checksums of blocks ... | own
///     checksum, own bytes, "RPLSEAL1"                                                           (64-bit little-endian
///     numbers)
namespace replearn::io {

struct CheckpointSeal {
  Index bytes = 0;         ///< of the HDF5 file
  std::uint64_t rest = 0;  ///< checksum of what is not rows of `matrices`
  std::vector<RowsInFile> matrices;
  std::vector<std::vector<std::uint64_t>> blocks;  ///< of each matrix
};

/// Seals a closed HDF5 file, of which all is written; `rest` is found out here. Throws SystemError. Root.
void append_seal(const std::string& path, CheckpointSeal seal);

/// Whether the file ends as a sealed one does. One process.
bool ends_with_seal(const std::string& path);

/// Checks every byte, each rank its share of the blocks, on however many ranks it was written; with past_cache as the
/// disk has it, where the system lets go of what it remembers. Returns what is damaged; "" if nothing is. Collective.
std::string find_damage(const mpi::Communicator& comm, const std::string& path, bool past_cache);

}  // namespace replearn::io
