#pragma once
#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/index.hpp"

struct archive;

namespace replearn::io {

/// How a file is compressed. zip: an archive of files, which is not read.
enum class FileCompression { none, gzip, bzip2, xz, zstd, lz4, zip };

/// By the first bytes of the file, of which 6 are enough. Local.
FileCompression file_compression_of(std::string_view start);
/// The same of a file that is there; none if it cannot be read. One rank.
FileCompression file_compression_at(const std::string& path);
/// Deflate (gzip, also in HDF5) makes at most so many bytes of one.
inline constexpr Index max_inflation = 1032;
/// Endings of the names of compressed files, and of plain ones.
inline constexpr std::array compression_endings = {"", ".gz", ".bz2", ".xz", ".zst", ".lz4"};
/// A file's name without such an ending.
std::string without_compression_ending(const std::string& name);
/// "gzip", "xz"; for messages.
const char* name_of(FileCompression compression);

/// The bytes of a bzip2, xz, zstd or lz4 file, of several streams one after the other as well, by libarchive. One rank.
class CompressedBytes {
 public:
  /// Throws InputError if it cannot be opened.
  CompressedBytes(const std::string& path, FileCompression compression);
  /// Up to `most` bytes; fewer only at the end. Throws InputError if the stream is damaged or cut short.
  Index read(char* into, Index most);

 private:
  struct Close {
    void operator()(archive* file) const;
  };
  [[noreturn]] void damaged() const;

  std::string path_;
  FileCompression compression_;
  std::unique_ptr<archive, Close> file_;
  bool ended_ = false;
};

}  // namespace replearn::io
