#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/index.hpp"
#include "io/compressed_file.hpp"
#include "io/encoding.hpp"

namespace replearn::io {

/// Whether a file's bytes are its text, or UTF-16, UTF-32 and line ends of "\r" alone are found out and turned into
/// UTF-8 and "\n".
enum class TextEncoding { as_it_is, found };

/// The text of a plain or compressed file (see FileCompression); which of them, the content says and not the name. One
/// rank.
class TextFile {
 public:
  /// Throws InputError if the path is missing, not a regular file, unreadable, empty or a zip archive.
  explicit TextFile(const std::string& path, TextEncoding encoding = TextEncoding::as_it_is);

  const std::string& path() const { return path_; }
  bool compressed() const { return compressed_; }
  /// What is done to its bytes to make them text.
  Recoding recoding() const { return recoding_; }
  /// Whether a place in the text is the same place in the file.
  bool bytes_are_text() const { return !compressed_ && recoding_ == Recoding::none; }
  /// Bytes on disk.
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
  std::string decoded_;  ///< not yet given out
};

/// The lines of a TextFile, without their ends ("\n" or "\r\n") and a byte order mark. For headers and small tables.
/// One rank.
class TextLines {
 public:
  explicit TextLines(const std::string& path, TextEncoding encoding = TextEncoding::as_it_is) : file_(path, encoding) {}

  /// The next line, valid until the call after; false at the end. Throws as TextFile::read.
  bool next(std::string_view& line);
  /// Number of the line next() gave last, from 1.
  Index line_number() const { return line_number_; }
  /// Bytes of text up to the start of the next line.
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
