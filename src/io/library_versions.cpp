#include "io/library_versions.hpp"

#include <archive.h>
#include <fmt/core.h>
#include <hdf5.h>
#include <libdeflate.h>
#include <xxhash.h>
#include <zip.h>
#include <zlib.h>

namespace replearn::io {

std::vector<std::string> library_versions() {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return {fmt::format("HDF5 {}.{}.{}, parallel", major, minor, release),
          archive_version_string(),
          fmt::format("libzip {}", zip_libzip_version()),
          fmt::format("zlib {}", zlibVersion()),
          fmt::format("libdeflate {}", LIBDEFLATE_VERSION_STRING),
          fmt::format("xxHash {}.{}.{}", XXH_VERSION_MAJOR, XXH_VERSION_MINOR, XXH_VERSION_RELEASE)};
}

}  // namespace replearn::io
