#include "io/text/compressed_file.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "base/error.hpp"

namespace replearn::io {

FileCompression file_compression_of(std::string_view start) {
  using namespace std::string_view_literals;
  constexpr std::pair<std::string_view, FileCompression> magic[] = {
      {"\x1f\x8b"sv, FileCompression::gzip},        {"BZh"sv, FileCompression::bzip2},
      {"\xFD\x37zXZ\0"sv, FileCompression::xz},     {"\x28\xB5\x2F\xFD"sv, FileCompression::zstd},
      {"\x04\x22\x4D\x18"sv, FileCompression::lz4}, {"PK\x03\x04"sv, FileCompression::zip}};
  for (const auto& [bytes, compression] : magic) {
    if (start.starts_with(bytes)) return compression;
  }
  return FileCompression::none;
}

FileCompression file_compression_at(const std::string& path) {
  std::error_code error;  // opening a pipe would block; the reader rejects it
  if (!std::filesystem::is_regular_file(path, error)) return FileCompression::none;
  std::ifstream file(path, std::ios::binary);
  std::array<char, 6> start{};
  file.read(start.data(), start.size());
  return file_compression_of({start.data(), static_cast<std::size_t>(file.gcount())});
}

std::string without_compression_extension(const std::string& name) {
  for (const std::string_view extension : compression_extensions) {
    if (!extension.empty() && name.ends_with(extension)) return name.substr(0, name.size() - extension.size());
  }
  return name;
}

const char* name_of(FileCompression compression) {
  constexpr std::array names = {"plain", "gzip", "bzip2", "xz", "zstd", "lz4", "zip"};
  return names[static_cast<std::size_t>(compression)];
}

void CompressedBytes::Close::operator()(archive* file) const {
  archive_read_free(file);
}

CompressedBytes::CompressedBytes(const std::string& path, FileCompression compression)
    : path_(path), compression_(compression), file_(archive_read_new()) {
  constexpr std::size_t block_bytes = 1 << 18;
  for (const auto& support : {archive_read_support_filter_bzip2, archive_read_support_filter_xz,
                              archive_read_support_filter_zstd, archive_read_support_filter_lz4}) {
    support(file_.get());
  }
  archive_read_support_format_raw(file_.get());
  archive_read_support_format_empty(file_.get());
  archive_entry* entry = nullptr;
  if (archive_read_open_filename(file_.get(), path.c_str(), block_bytes) != ARCHIVE_OK) damaged();
  const int found = archive_read_next_header(file_.get(), &entry);
  ended_ = found == ARCHIVE_EOF;  // an empty stream
  if (!ended_ && found != ARCHIVE_OK) damaged();
}

void CompressedBytes::damaged() const {
  const char* text = archive_error_string(file_.get());
  throw InputError(path_, "",
                   std::string("the ") + name_of(compression_) + " stream is damaged or truncated (" +
                       (text ? text : "unknown cause") + ")",
                   "copy it again");
}

Index CompressedBytes::read(char* into, Index most) {
  Index done = 0;
  while (done < most && !ended_) {
    const auto got = archive_read_data(file_.get(), into + done, static_cast<std::size_t>(most - done));
    if (got < 0) damaged();
    ended_ = got == 0;
    done += static_cast<Index>(got);
  }
  return done;
}

}  // namespace replearn::io
