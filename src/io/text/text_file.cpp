#include "io/text/text_file.hpp"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>

#include "base/error.hpp"
#include "io/readable_file.hpp"
#include "io/tables/workbook.hpp"

namespace replearn::io {
namespace {

constexpr Index read_bytes = Index{1} << 18;

}  // namespace

void TextFile::Close::operator()(void* file) const {
  gzclose(static_cast<gzFile>(file));
}

TextFile::TextFile(const std::string& path, TextEncoding encoding) : path_(path) {
  require_readable_file(path);
  std::ifstream raw(path, std::ios::binary);
  if (!raw) throw InputError(path, "", std::string("cannot be opened: ") + std::strerror(errno), "check permissions");
  std::error_code error;
  file_bytes_ = static_cast<Index>(std::filesystem::file_size(path, error));
  if (file_bytes_ == 0) throw InputError(path, "", "the file is empty", "write or copy it again");
  const FileCompression compression = file_compression_at(path);
  compressed_ = compression != FileCompression::none;
  if (compression == FileCompression::zip) {
    if (is_workbook(path)) throw InputError(path, "", "an Excel or LibreOffice workbook", "save the sheet as CSV");
    throw InputError(path, "", "is a zip archive", "unzip it and give the extracted file");
  }
  open(compression);
  if (encoding == TextEncoding::as_it_is) return;
  std::string start(static_cast<std::size_t>(read_bytes), '\0');
  start.resize(read_bytes_of(start.data(), read_bytes));
  recoding_ = find_recoding(start);
  open(compression);  // from the start again
  if (is_wide(recoding_)) decoder_ = std::make_unique<WideDecoder>(recoding_);
}

void TextFile::open(FileCompression compression) {
  if (compressed_ && compression != FileCompression::gzip) {
    other_ = std::make_unique<CompressedBytes>(path_, compression);
    return;
  }
  file_.reset(gzopen(path_.c_str(), "rb"));
  if (!file_) throw SystemError(path_ + ": cannot be opened: " + std::strerror(errno));
  gzbuffer(static_cast<gzFile>(file_.get()), static_cast<unsigned>(read_bytes));
}

Index TextFile::read(char* into, Index most) {
  if (decoder_) return decode(into, most);
  const Index got = read_bytes_of(into, most);
  if (recoding_ == Recoding::carriage_returns) std::replace(into, into + got, '\r', '\n');
  return got;
}

Index TextFile::decode(char* into, Index most) {
  std::string bytes(static_cast<std::size_t>(read_bytes), '\0');
  while (static_cast<Index>(decoded_.size()) < most) {
    const Index got = read_bytes_of(bytes.data(), read_bytes);
    if (got == 0) break;
    try {
      decoded_ += decoder_->decode(std::string_view(bytes).substr(0, static_cast<std::size_t>(got)));
    } catch (const std::invalid_argument&) {
      const std::string name = name_of(recoding_);
      throw InputError(path_, "", "begins as " + name + ", but contains invalid " + name, "save it as UTF-8");
    }
  }
  const Index given = std::min(most, static_cast<Index>(decoded_.size()));
  std::copy_n(decoded_.begin(), given, into);
  decoded_.erase(0, static_cast<std::size_t>(given));
  return given;
}

Index TextFile::read_bytes_of(char* into, Index most) {
  if (other_) return other_->read(into, most);
  auto* file = static_cast<gzFile>(file_.get());
  Index done = 0;
  while (done < most) {
    const auto wanted = static_cast<unsigned>(std::min<Index>(most - done, std::numeric_limits<int>::max()));
    const int got = gzread(file, into + done, wanted);
    int code = Z_OK;
    const char* message = gzerror(file, &code);
    if (code == Z_BUF_ERROR) {
      throw InputError(path_, "", "the gzip stream ends prematurely: the file is truncated", "copy it again");
    }
    if (code == Z_ERRNO) throw SystemError(path_ + ": reading failed: " + std::strerror(errno));
    if (got < 0) throw InputError(path_, "", std::string("damaged gzip stream (") + message + ")", "copy it again");
    if (got == 0) break;
    done += got;
  }
  return done;
}

bool TextLines::next(std::string_view& line) {
  auto end = buffer_.find('\n', at_);
  while (end == std::string::npos && !ended_) {
    buffer_.erase(0, at_);
    at_ = 0;
    const auto held = buffer_.size();
    buffer_.resize(held + read_bytes);
    const Index got = file_.read(buffer_.data() + held, read_bytes);
    buffer_.resize(held + static_cast<std::size_t>(got));
    ended_ = got < read_bytes;
    end = buffer_.find('\n', held);
  }
  if (end == std::string::npos) {
    if (at_ == buffer_.size()) return false;
    end = buffer_.size();
  }
  line = std::string_view(buffer_).substr(at_, end - at_);
  offset_ += static_cast<Index>(std::min(end + 1, buffer_.size()) - at_);
  at_ = std::min(end + 1, buffer_.size());
  ++line_number_;
  if (line_number_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);  // a byte order mark
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return true;
}

}  // namespace replearn::io
