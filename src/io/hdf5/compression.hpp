#pragma once
#include <hdf5.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/index.hpp"

namespace replearn::io {

class Hdf5File;

/// Compression of an array, limited to filters that every h5py has.
struct Compression {
  enum class Filter { none, gzip, lzf };
  Filter filter = Filter::none;
  int level = 4;  ///< of gzip, 0 (fast) to 9 (small)
  bool operator==(const Compression& other) const {
    return filter == other.filter && (filter != Filter::gzip || level == other.level);
  }
};

/// "none", "gzip" (level 4), "gzip:LEVEL" or "lzf". Throws std::invalid_argument saying what was expected.
Compression compression_from(const std::string& text);
std::string text_of(const Compression& compression);

/// Compression of an open dataset; gzip stands in for other filters than gzip and LZF.
Compression compression_like(hid_t dataset);

/// Compression of X in an .h5ad; none if there is no X.
Compression compression_of_x(const Hdf5File& file);

/// Chunk shape for an array of these extents: a few hundred kilobytes; for matrices whole row blocks of a RowPartition,
/// so that a chunk belongs to one rank. Empty if the array is too small to benefit. Depends only on the array, never on
/// the number of ranks.
std::vector<Index> chunk_shape(const std::vector<Index>& extent, Index element_bytes);

/// Adds chunks and filters to a creation property list of a dataset. Does nothing without a filter.
void set_compression(hid_t creation, const Compression& compression, const std::vector<Index>& chunk,
                     Index element_bytes);

/// A chunk in its stored form, for H5Dwrite_chunk.
struct PackedChunk {
  std::vector<std::byte> bytes;
  std::uint32_t filter_mask = 0;  ///< bits of the filters that were not applied
};
/// Compresses a whole chunk; one that would not shrink is kept uncompressed. Local.
PackedChunk pack(const Compression& compression, std::span<const std::byte> chunk);

}  // namespace replearn::io
