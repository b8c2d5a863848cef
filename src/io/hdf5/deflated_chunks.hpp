#pragma once
#include <hdf5.h>

#include <span>

#include "base/index.hpp"

namespace replearn::io {

/// Reads elements [begin, begin + count) of a one-dimensional dataset into `into`, converted to `type` (count: bytes of
/// `into` over its size). For chunks compressed by deflate, with or without shuffle: libdeflate decompresses them in
/// half the time of HDF5's filter. Returns false, with `into` unspecified, for any other dataset, a range of less than
/// a chunk, and whatever is unusual or damaged: H5Dread then reads it or says what is wrong. Local.
bool read_deflated_chunks(hid_t dataset, hid_t type, Index begin, std::span<std::byte> into);

}  // namespace replearn::io
