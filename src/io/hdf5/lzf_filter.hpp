#pragma once
#include <hdf5.h>

namespace replearn::io {

/// h5py's filter number, registered with The HDF Group.
constexpr H5Z_filter_t lzf_filter = 32000;

/// Registers LZF with HDF5 in this process. May be called repeatedly.
void register_lzf_filter();

}  // namespace replearn::io
