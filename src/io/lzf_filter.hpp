#pragma once
#include <hdf5.h>

namespace replearn::io {

/// h5py's filter, by the number under which The HDF Group registered it.
constexpr H5Z_filter_t lzf_filter = 32000;

/// Lets HDF5 read and write LZF in this process. Any number of times.
void register_lzf_filter();

}  // namespace replearn::io
