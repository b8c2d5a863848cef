#pragma once
#include <hdf5.h>

#include <string>
#include <vector>

namespace replearn::io {

/// A step that chunks go through on their way to the disk: compression, or what helps it.
struct Hdf5Filter {
  H5Z_filter_t number;
  std::string stored_name;       ///< may be empty
  std::vector<unsigned> values;  ///< its settings

  /// By which people know it: gzip, lzf, zstd.
  std::string name() const;
  /// Whether it makes chunks smaller: all but shuffle and checksums.
  bool compresses() const;
  bool can_decode() const { return H5Zfilter_avail(number) > 0; }
  bool can_encode() const;
};

/// Of a creation property list; of an open dataset.
std::vector<Hdf5Filter> filters_of_creation(hid_t creation);
std::vector<Hdf5Filter> filters_of(hid_t dataset);

/// Whether all its filters are installed here.
bool can_decode(hid_t dataset);

}  // namespace replearn::io
