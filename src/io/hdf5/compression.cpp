#include "io/hdf5/compression.hpp"

#include <libdeflate.h>
#include <lzf.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <new>
#include <numeric>
#include <stdexcept>

#include "data/row_partition.hpp"
#include "io/hdf5/hdf5_file.hpp"
#include "io/hdf5/hdf5_filters.hpp"
#include "io/hdf5/lzf_filter.hpp"

namespace replearn::io {
namespace {

constexpr Index min_array_bytes = 1 << 16;  // smaller arrays gain nothing noticeable
constexpr Index chunk_elements = 1 << 16;   // for one-dimensional arrays: data and indices use the same chunks
constexpr Index max_chunk_bytes = 1 << 20;  // HDF5's default chunk cache size

}  // namespace

Compression compression_from(const std::string& text) {
  if (text == "none") return {Compression::Filter::none};
  if (text == "lzf") return {Compression::Filter::lzf};
  if (text == "gzip") return {Compression::Filter::gzip};
  if (text.size() == 6 && text.starts_with("gzip:") && text[5] >= '0' && text[5] <= '9') {
    return {Compression::Filter::gzip, text[5] - '0'};
  }
  throw std::invalid_argument("'" + text + "' is not none, gzip, gzip:LEVEL (0 to 9) or lzf");
}

std::string text_of(const Compression& compression) {
  switch (compression.filter) {
    case Compression::Filter::gzip:
      return "gzip:" + std::to_string(compression.level);
    case Compression::Filter::lzf:
      return "lzf";
    case Compression::Filter::none:
      break;
  }
  return "none";
}

Compression compression_like(hid_t dataset) {
  Compression found;
  for (const auto& filter : filters_of(dataset)) {
    if (!filter.compresses()) continue;
    if (filter.number == lzf_filter) return {Compression::Filter::lzf};
    found = {Compression::Filter::gzip};
    if (filter.number == H5Z_FILTER_DEFLATE && !filter.values.empty())
      found.level = static_cast<int>(std::min(filter.values[0], 9u));
  }
  return found;
}

Compression compression_of_x(const Hdf5File& file) {
  for (const char* element : {"X", "X/data"}) {
    if (file.is_dataset(element)) return compression_like(file.dataset_at(element).id());
  }
  return {};
}

std::vector<Index> chunk_shape(const std::vector<Index>& extent, Index element_bytes) {
  const Index elements = std::accumulate(extent.begin(), extent.end(), Index{1}, std::multiplies<>());
  if (extent.empty() || elements * element_bytes < min_array_bytes) return {};
  if (extent.size() == 1) return {std::min(extent[0], chunk_elements)};
  std::vector<Index> chunk = extent;
  const Index cell = std::accumulate(extent.begin() + 2, extent.end(), element_bytes, std::multiplies<>());
  chunk[0] = std::min(extent[0], RowPartition(extent[0], Shares(1)).block_size());
  chunk[1] = std::clamp<Index>(max_chunk_bytes / (chunk[0] * cell), 1, extent[1]);
  return chunk;
}

void set_compression(hid_t creation, const Compression& compression, const std::vector<Index>& chunk,
                     Index element_bytes) {
  if (compression.filter == Compression::Filter::none) return;
  const std::vector<hsize_t> size(chunk.begin(), chunk.end());
  H5Pset_chunk(creation, static_cast<int>(size.size()), size.data());
  if (compression.filter == Compression::Filter::gzip) {
    H5Pset_deflate(creation, static_cast<unsigned>(compression.level));
  } else {
    const Index bytes = std::accumulate(chunk.begin(), chunk.end(), element_bytes, std::multiplies<>());
    const unsigned values[] = {4, LZF_VERSION, static_cast<unsigned>(bytes)};  // h5py's filter revision is 4
    H5Pset_filter(creation, lzf_filter, H5Z_FLAG_OPTIONAL, 3, values);
  }
}

PackedChunk pack(const Compression& compression, std::span<const std::byte> chunk) {
  PackedChunk packed;
  std::size_t length = 0;
  if (compression.filter == Compression::Filter::gzip) {
    const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> compressor(
        libdeflate_alloc_compressor(compression.level), libdeflate_free_compressor);
    if (!compressor) throw std::bad_alloc();
    packed.bytes.resize(chunk.size());
    length = libdeflate_zlib_compress(compressor.get(), chunk.data(), chunk.size(), packed.bytes.data(),
                                      packed.bytes.size());
  } else if (compression.filter == Compression::Filter::lzf) {
    packed.bytes.resize(chunk.size());
    length = lzf_compress(chunk.data(), static_cast<unsigned>(chunk.size()), packed.bytes.data(),
                          static_cast<unsigned>(chunk.size()));
  }
  if (length > 0 && length < chunk.size()) {
    packed.bytes.resize(length);
  } else {
    packed.bytes.assign(chunk.begin(), chunk.end());
    packed.filter_mask = compression.filter == Compression::Filter::none ? 0 : 1;
  }
  return packed;
}

}  // namespace replearn::io
