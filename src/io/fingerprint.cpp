#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

#include "base/log.hpp"
#include "io/checkpoint.hpp"

namespace replearn::io {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t piece = 4096, pieces = 512;

/// Checksum of 512 pieces of 4 kB, the first and the last among them; of everything where that is less.
unsigned long spread_checksum(const fs::path& path, std::uintmax_t size, unsigned long checksum) {
  std::ifstream file(path, std::ios::binary);
  const std::uintmax_t whole = piece * pieces;
  std::vector<char> buffer(size <= whole ? size : piece);
  const std::uintmax_t count = size <= whole ? 1 : pieces;
  for (std::uintmax_t i = 0; i < count && file; ++i) {
    if (count > 1) file.seekg(static_cast<std::streamoff>((size - piece) / (count - 1) * i));
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    checksum = crc32_z(checksum, reinterpret_cast<const Bytef*>(buffer.data()),
                       static_cast<z_size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  }
  return checksum;
}

}  // namespace

std::string content_fingerprint(const std::string& path) {
  std::error_code failed;
  std::vector<fs::path> files;
  if (fs::is_directory(path, failed)) {
    for (const auto& entry : fs::directory_iterator(path, failed)) {
      if (entry.is_regular_file(failed)) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
  } else {
    files.emplace_back(path);
  }
  std::uintmax_t bytes = 0;
  unsigned long checksum = crc32_z(0, nullptr, 0);
  for (const auto& file : files) {
    const auto size = fs::file_size(file, failed);
    if (failed) continue;
    bytes += size;
    checksum = spread_checksum(file, size, checksum);
  }
  return format("%llu bytes, checksum %08lx", static_cast<unsigned long long>(bytes), checksum);
}

}  // namespace replearn::io
