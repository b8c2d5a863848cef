#include "io/hdf5/lzf_filter.hpp"

#include <lzf.h>

#include <cstdlib>

namespace replearn::io {
namespace {

/// Returns 0 if the chunk would not shrink; HDF5 then stores it uncompressed.
std::size_t compress(std::size_t bytes, std::size_t* buffer_size, void** buffer) {
  void* out = bytes > 0 ? std::malloc(bytes) : nullptr;
  if (!out) return 0;
  const unsigned length = lzf_compress(*buffer, static_cast<unsigned>(bytes), out, static_cast<unsigned>(bytes));
  if (length == 0) {
    std::free(out);
    return 0;
  }
  std::free(*buffer);
  *buffer = out;
  *buffer_size = bytes;
  return length;
}

/// HDF5's filter callback. values[2] is the size of a whole chunk, as h5py stores it.
std::size_t apply(unsigned flags, std::size_t value_count, const unsigned values[], std::size_t bytes,
                  std::size_t* buffer_size, void** buffer) {
  if (!(flags & H5Z_FLAG_REVERSE)) return compress(bytes, buffer_size, buffer);
  std::size_t room = value_count >= 3 && values[2] > 0 ? values[2] : 4 * *buffer_size;
  for (;; room *= 2) {
    void* out = std::malloc(room);
    if (!out) return 0;
    const unsigned length = lzf_decompress(*buffer, static_cast<unsigned>(bytes), out, static_cast<unsigned>(room));
    if (length > 0) {
      std::free(*buffer);
      *buffer = out;
      *buffer_size = room;
      return length;
    }
    std::free(out);
    if (room > (std::size_t{1} << 31)) return 0;  // damaged: no chunk is this large
  }
}

}  // namespace

void register_lzf_filter() {
  if (H5Zfilter_avail(lzf_filter) > 0) return;
  static const H5Z_class2_t filter = {H5Z_CLASS_T_VERS, lzf_filter, 1, 1, "lzf", nullptr, nullptr, apply};
  H5Zregister(&filter);
}

}  // namespace replearn::io
