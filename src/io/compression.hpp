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

/// How the values of an array are compressed, by filters that every h5py has.
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

/// How an open dataset is compressed; by filters other than gzip and LZF: gzip.
Compression compression_like(hid_t dataset);

/// How X of an .h5ad is compressed; none if there is no X.
Compression compression_of_x(const Hdf5File& file);

/// The chunks in which an array of these extents is compressed: a few hundred kilobytes, of whole blocks of a
/// RowPartition's rows where there are columns, so that a chunk is one rank's. Empty: the array is too small to gain.
/// Depends on the array alone, never on the number of ranks.
std::vector<Index> chunk_shape(const std::vector<Index>& extent, Index element_bytes);

/// Adds chunks and filters to a creation property list of a dataset. Without filter: nothing.
void set_compression(hid_t creation, const Compression& compression, const std::vector<Index>& chunk,
                     Index element_bytes);

/// A chunk as it stands in the file: H5Dwrite_chunk takes it.
struct PackedChunk {
  std::vector<std::byte> bytes;
  std::uint32_t filter_mask = 0;  ///< bits of the filters that were not applied
};
/// Compresses a whole chunk; one that would not get smaller stays as it is. Local.
PackedChunk pack(const Compression& compression, std::span<const std::byte> chunk);

}  // namespace replearn::io
