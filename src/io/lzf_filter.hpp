#pragma once

namespace replearn::io {

/// Teaches HDF5 to read h5py's LZF compression (filter 32000). Any number of times. Files are never written with it:
/// few readers outside Python know it.
void register_lzf_filter();

}  // namespace replearn::io
