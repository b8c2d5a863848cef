#pragma once
#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/index.hpp"

struct archive;

namespace replearn::io {

/// Compression of a file. zip is an archive and is not read.
enum class FileCompression { none, gzip, bzip2, xz, zstd, lz4, zip };

/// Determines the compression from the first bytes of a file; 6 suffice. Local.
FileCompression file_compression_of(std::string_view start);
/// Determines the compression of an existing file; none if it cannot be read. One rank.
FileCompression file_compression_at(const std::string& path);
/// Maximum expansion of one byte by deflate (gzip, also within HDF5).
inline constexpr Index max_inflation = 1032;
/// File name extensions of compressed files and of plain ones.
inline constexpr std::array compression_extensions = {"", ".gz", ".bz2", ".xz", ".zst", ".lz4"};
/// Strips such an extension from a file name.
std::string without_compression_extension(const std::string& name);
/// "gzip", "xz"; for messages.
const char* name_of(FileCompression compression);

/// Decompresses a bzip2, xz, zstd or lz4 file, also one of several concatenated streams, with libarchive. One rank.
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
