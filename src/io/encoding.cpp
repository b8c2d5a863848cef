#include "io/encoding.hpp"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

namespace replearn::io {
namespace {

/// Converts all whole letters of `bytes`; returns what is left over. Letters that do not exist become `substitute`, or
/// throw if it is empty.
std::string convert(iconv_t converter, std::string bytes, std::string& text, std::string_view substitute) {
  char* from = bytes.data();
  std::size_t left = bytes.size();
  std::string block(1 << 14, '\0');
  while (left > 0) {
    char* to = block.data();
    std::size_t space = block.size();
    const auto done = iconv(converter, &from, &left, &to, &space);
    const int error = errno;
    text.append(block.data(), block.size() - space);
    if (done != static_cast<std::size_t>(-1) || error == E2BIG) continue;
    if (error == EINVAL) break;  // a letter that goes on in the next piece
    if (substitute.empty()) throw std::invalid_argument("not a letter");
    text += substitute;
    ++from;
    --left;
  }
  return {from, left};
}

}  // namespace

Recoding find_recoding(std::string_view start) {
  if (start.starts_with("\xFF\xFE")) return Recoding::utf16_little;
  if (start.starts_with("\xFE\xFF")) return Recoding::utf16_big;
  Recoding found = Recoding::none;
  if (start.size() >= 8) {
    std::size_t zeros[2] = {0, 0};
    const std::size_t pairs = std::min<std::size_t>(start.size(), 1024) / 2;
    for (std::size_t i = 0; i < 2 * pairs; ++i) zeros[i % 2] += start[i] == '\0';
    if (zeros[0] == 0 && 10 * zeros[1] >= 9 * pairs) found = Recoding::utf16_little;
    if (zeros[1] == 0 && 10 * zeros[0] >= 9 * pairs) found = Recoding::utf16_big;
  }
  if (found != Recoding::none) return found;
  const bool returns = start.find('\r') != std::string_view::npos && start.find('\n') == std::string_view::npos;
  return returns ? Recoding::carriage_returns : Recoding::none;
}

void Utf16Decoder::Close::operator()(void* converter) const {
  iconv_close(static_cast<iconv_t>(converter));
}

Utf16Decoder::Utf16Decoder(bool big_endian) {
  const auto converter = iconv_open("UTF-8", big_endian ? "UTF-16BE" : "UTF-16LE");
  if (converter == reinterpret_cast<iconv_t>(-1)) throw std::runtime_error("this system's iconv knows no UTF-16");
  converter_.reset(converter);
}

std::string Utf16Decoder::decode(std::string_view bytes) {
  std::string text;
  rest_ = convert(static_cast<iconv_t>(converter_.get()), rest_ + std::string(bytes), text, {});
  if (!begun_ && text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  begun_ = begun_ || !text.empty();
  return text;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t k) { return k < text.size() ? static_cast<unsigned char>(text[k]) : 0u; };
    const unsigned first = byte(i);
    std::size_t more = 0;
    if (first >= 0xC2 && first <= 0xDF) more = 1;
    if (first >= 0xE0 && first <= 0xEF) more = 2;
    if (first >= 0xF0 && first <= 0xF4) more = 3;
    if (first >= 0x80 && more == 0) return false;
    for (std::size_t k = 1; k <= more; ++k) {
      if ((byte(i + k) & 0xC0u) != 0x80u) return false;
    }
    const unsigned second = byte(i + 1);
    const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool surrogate = first == 0xED && second >= 0xA0, beyond = first == 0xF4 && second >= 0x90;
    if (overlong || surrogate || beyond) return false;
    i += more + 1;
  }
  return true;
}

std::string from_latin1(std::string_view text) {
  const auto converter = iconv_open("UTF-8", "WINDOWS-1252");
  if (converter == reinterpret_cast<iconv_t>(-1)) throw std::runtime_error("this system's iconv knows no Windows-1252");
  std::string converted;
  try {
    convert(converter, std::string(text), converted, "\xEF\xBF\xBD");
  } catch (...) {
    iconv_close(converter);
    throw;
  }
  iconv_close(converter);
  return converted;
}

}  // namespace replearn::io
