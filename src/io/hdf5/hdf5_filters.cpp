#include "io/hdf5/hdf5_filters.hpp"

#include <algorithm>
#include <utility>

#include "io/hdf5/hdf5_handle.hpp"

namespace replearn::io {

std::vector<Hdf5Filter> filters_of_creation(hid_t creation) {
  std::vector<Hdf5Filter> filters;
  for (int i = 0; i < std::max(H5Pget_nfilters(creation), 0); ++i) {
    unsigned flags = 0, config = 0, values[16] = {};
    std::size_t count = std::size(values);
    char name[64] = {};  // HDF5 does not terminate a name that fills the buffer
    const auto number =
        H5Pget_filter2(creation, static_cast<unsigned>(i), &flags, &count, values, sizeof name - 1, name, &config);
    if (number < 0) continue;
    filters.push_back({number, name, {values, values + std::min(count, std::size(values))}});
  }
  return filters;
}

std::vector<Hdf5Filter> filters_of(hid_t dataset) {
  const Hdf5Handle creation(H5Dget_create_plist(dataset), H5Pclose);
  return filters_of_creation(creation.id());
}

bool can_decode(hid_t dataset) {
  const auto filters = filters_of(dataset);
  return std::all_of(filters.begin(), filters.end(), [](const auto& filter) { return filter.can_decode(); });
}

// Common third-party filters, by their numbers registered with The HDF Group.
std::string Hdf5Filter::name() const {
  const std::pair<H5Z_filter_t, const char*> known[] = {{H5Z_FILTER_DEFLATE, "gzip"},
                                                        {H5Z_FILTER_SZIP, "szip"},
                                                        {307, "bzip2"},
                                                        {32000, "lzf"},
                                                        {32001, "blosc"},
                                                        {32004, "lz4"},
                                                        {32008, "bitshuffle"},
                                                        {32013, "zfp"},
                                                        {32015, "zstd"},
                                                        {32017, "sz"},
                                                        {32026, "blosc2"}};
  for (const auto& [each, text] : known) {
    if (each == number) return text;
  }
  return stored_name.empty() ? "number " + std::to_string(number) : stored_name;
}

bool Hdf5Filter::compresses() const {
  return number != H5Z_FILTER_SHUFFLE && number != H5Z_FILTER_FLETCHER32;
}

bool Hdf5Filter::can_encode() const {
  unsigned config = 0;
  return can_decode() && H5Zget_filter_info(number, &config) >= 0 && (config & H5Z_FILTER_CONFIG_ENCODE_ENABLED) != 0;
}

}  // namespace replearn::io
