#pragma once
#include <hdf5.h>

#include <string>
#include <vector>

namespace replearn::io {

/// A filter of the chunk pipeline: compression or a preparatory step.
struct Hdf5Filter {
  H5Z_filter_t number;
  std::string stored_name;       ///< may be empty
  std::vector<unsigned> values;  ///< its settings

  /// Common name: gzip, lzf, zstd.
  std::string name() const;
  /// Whether it compresses: all filters except shuffle and checksums.
  bool compresses() const;
  bool can_decode() const { return H5Zfilter_avail(number) > 0; }
  bool can_encode() const;
};

/// Filters of a creation property list; of an open dataset.
std::vector<Hdf5Filter> filters_of_creation(hid_t creation);
std::vector<Hdf5Filter> filters_of(hid_t dataset);

/// Whether all its filters are available.
bool can_decode(hid_t dataset);

}  // namespace replearn::io
