#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/index.hpp"
#include "io/text/compressed_file.hpp"
#include "io/text/encoding.hpp"

namespace replearn::io {

/// found: UTF-16, UTF-32 and line ends "\r" are detected and converted to UTF-8 and "\n"; otherwise the bytes are
/// passed on unchanged.
enum class TextEncoding { as_it_is, found };

/// Reads the text of a plain or compressed file (see FileCompression), detected by content and not by name. One rank.
class TextFile {
 public:
  /// Throws InputError if the path is missing, not a regular file, unreadable, empty or a zip archive.
  explicit TextFile(const std::string& path, TextEncoding encoding = TextEncoding::as_it_is);

  const std::string& path() const { return path_; }
  bool compressed() const { return compressed_; }
  /// Conversion applied to the bytes.
  Recoding recoding() const { return recoding_; }
  /// Whether text offsets equal file offsets.
  bool bytes_are_text() const { return !compressed_ && recoding_ == Recoding::none; }
  /// File size on disk.
  Index file_bytes() const { return file_bytes_; }

  /// Up to `most` bytes of text; fewer only at the end. Throws InputError if a compressed stream is cut short or
  /// damaged, SystemError if the disk fails.
  Index read(char* into, Index most);

 private:
  struct Close {
    void operator()(void* file) const;
  };
  std::string path_;
  void open(FileCompression compression);
  Index read_bytes_of(char* into, Index most);
  Index decode(char* into, Index most);

  bool compressed_ = false;
  Index file_bytes_ = 0;
  std::unique_ptr<void, Close> file_;  ///< plain or gzip
  std::unique_ptr<CompressedBytes> other_;
  Recoding recoding_ = Recoding::none;
  std::unique_ptr<WideDecoder> decoder_;
  std::string decoded_;  ///< not yet returned
};

/// Reads the lines of a TextFile, without line ends ("\n" or "\r\n") and byte order mark. For headers and small tables.
/// One rank.
class TextLines {
 public:
  explicit TextLines(const std::string& path, TextEncoding encoding = TextEncoding::as_it_is) : file_(path, encoding) {}

  /// The next line, valid until the next call; false at the end. Throws like TextFile::read.
  bool next(std::string_view& line);
  /// Number of the line last returned by next(), from 1.
  Index line_number() const { return line_number_; }
  /// Text offset of the next line.
  Index offset() const { return offset_; }
  const TextFile& file() const { return file_; }

 private:
  TextFile file_;
  std::string buffer_;
  std::size_t at_ = 0;
  bool ended_ = false;
  Index line_number_ = 0, offset_ = 0;
};

}  // namespace replearn::io
