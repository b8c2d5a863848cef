#include "io/hdf5/deflated_chunks.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <memory>
#include <new>
#include <vector>

#include "io/hdf5/hdf5_filters.hpp"
#include "io/hdf5/hdf5_handle.hpp"

namespace replearn::io {
namespace {

/// Layout of a dataset that can be read here; chunk = 0: it cannot.
struct Layout {
  std::size_t chunk = 0;  ///< elements
  std::size_t element_bytes = 0;
  bool shuffled = false;
};

Layout layout_of(hid_t dataset, hid_t stored_type) {
  const Hdf5Handle creation(H5Dget_create_plist(dataset), H5Pclose);
  hsize_t chunk = 0;
  if (!creation.ok() || H5Pget_layout(creation.id()) != H5D_CHUNKED || H5Pget_chunk(creation.id(), 1, &chunk) != 1) {
    return {};
  }
  const auto filters = filters_of_creation(creation.id());
  const bool shuffled = filters.size() == 2 && filters[0].number == H5Z_FILTER_SHUFFLE;
  if (filters.empty() || filters.back().number != H5Z_FILTER_DEFLATE || filters.size() != (shuffled ? 2u : 1u)) {
    return {};
  }
  return {static_cast<std::size_t>(chunk), H5Tget_size(stored_type), shuffled};
}

/// HDF5's shuffle filter stores the first bytes of all elements, then the second bytes, and so on.
void unshuffle(std::span<const std::byte> from, std::size_t element_bytes, std::span<std::byte> to) {
  const std::size_t elements = from.size() / element_bytes;
  for (std::size_t b = 0; b < element_bytes; ++b) {
    for (std::size_t i = 0; i < elements; ++i) to[i * element_bytes + b] = from[b * elements + i];
  }
}

/// Decompresses one chunk after the other.
class ChunkReader {
 public:
  ChunkReader(hid_t dataset, const Layout& layout)
      : dataset_(dataset),
        layout_(layout),
        decompressor_(libdeflate_alloc_decompressor(), libdeflate_free_decompressor),
        values_(layout.chunk * layout.element_bytes) {
    if (!decompressor_) throw std::bad_alloc();
  }

  /// The elements of chunk `number`; empty if it cannot be read here.
  std::span<std::byte> read(std::size_t number) {
    const hsize_t offset = number * layout_.chunk;
    hsize_t stored = 0;
    // Deflate never stores more than a few bytes per 64 kB beyond the original.
    if (H5Dget_chunk_storage_size(dataset_, &offset, &stored) < 0 || stored == 0 || stored > 2 * values_.size() + 64) {
      return {};
    }
    packed_.resize(stored);
    std::uint32_t skipped_filters = 0;
    if (H5Dread_chunk(dataset_, H5P_DEFAULT, &offset, &skipped_filters, packed_.data()) < 0 || skipped_filters != 0) {
      return {};
    }
    std::size_t length = 0;
    const auto result = libdeflate_zlib_decompress(decompressor_.get(), packed_.data(), packed_.size(), values_.data(),
                                                   values_.size(), &length);
    if (result != LIBDEFLATE_SUCCESS || length != values_.size()) return {};
    if (!layout_.shuffled) return values_;
    ordered_.resize(values_.size());
    unshuffle(values_, layout_.element_bytes, ordered_);
    return ordered_;
  }

 private:
  hid_t dataset_;
  Layout layout_;
  std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> decompressor_;
  std::vector<std::byte> packed_, values_, ordered_;
};

}  // namespace

bool read_deflated_chunks(hid_t dataset, hid_t type, Index begin, std::span<std::byte> into) {
  constexpr std::size_t max_chunk_bytes = std::size_t{256} << 20;
  const Hdf5Handle stored_type(H5Dget_type(dataset), H5Tclose);
  const auto layout = layout_of(dataset, stored_type.id());
  const std::size_t to_bytes = H5Tget_size(type), from_bytes = layout.element_bytes;
  const std::size_t first = static_cast<std::size_t>(begin), end = first + into.size() / to_bytes;
  if (layout.chunk == 0 || end - first < layout.chunk || layout.chunk * from_bytes > max_chunk_bytes) return false;

  const bool converts = H5Tequal(stored_type.id(), type) <= 0;
  ChunkReader reader(dataset, layout);
  std::vector<std::byte> converted;
  auto to = into.begin();
  for (std::size_t at = first; at < end;) {
    const std::size_t number = at / layout.chunk, chunk_begin = number * layout.chunk;
    const std::size_t piece_end = std::min(end, chunk_begin + layout.chunk), count = piece_end - at;
    const auto chunk = reader.read(number);
    if (chunk.empty()) return false;
    auto values = chunk.subspan((at - chunk_begin) * from_bytes, count * from_bytes);
    if (converts) {
      converted.resize(count * std::max(from_bytes, to_bytes));
      std::copy(values.begin(), values.end(), converted.begin());
      if (H5Tconvert(stored_type.id(), type, count, converted.data(), nullptr, H5P_DEFAULT) < 0) return false;
      values = std::span(converted).first(count * to_bytes);
    }
    to = std::copy(values.begin(), values.end(), to);
    at = piece_end;
  }
  return true;
}

}  // namespace replearn::io
