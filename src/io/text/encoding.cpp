#include "io/text/encoding.hpp"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

namespace replearn::io {
namespace {

/// Converts all complete characters of `bytes`; returns the rest.
std::string convert(iconv_t converter, std::string bytes, std::string& text) {
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
    if (error == EINVAL) break;  // a character that continues in the next piece
    throw std::invalid_argument("invalid character");
  }
  return {from, left};
}

}  // namespace

Recoding find_recoding(std::string_view start) {
  using namespace std::string_view_literals;
  if (start.starts_with("\xFF\xFE\0\0"sv)) return Recoding::utf32_little;
  if (start.starts_with("\0\0\xFE\xFF"sv)) return Recoding::utf32_big;
  if (start.starts_with("\xFF\xFE")) return Recoding::utf16_little;
  if (start.starts_with("\xFE\xFF")) return Recoding::utf16_big;
  if (start.size() >= 8) {
    // At least 90 % of the characters are below U+0100, as in text with separators and numbers.
    std::size_t zeros[4] = {0, 0, 0, 0};
    const std::size_t fours = std::min<std::size_t>(start.size(), 1024) / 4;
    for (std::size_t i = 0; i < 4 * fours; ++i) zeros[i % 4] += start[i] == '\0';
    const auto mostly = [&](std::size_t i) { return 10 * zeros[i] >= 9 * fours; };
    const auto never = [&](std::size_t i) { return zeros[i] == 0; };
    if (never(0) && mostly(1) && zeros[2] == fours && zeros[3] == fours) return Recoding::utf32_little;
    if (zeros[0] == fours && zeros[1] == fours && mostly(2) && never(3)) return Recoding::utf32_big;
    if (never(0) && never(2) && mostly(1) && mostly(3)) return Recoding::utf16_little;
    if (never(1) && never(3) && mostly(0) && mostly(2)) return Recoding::utf16_big;
  }
  // The last byte may be the first half of "\r\n".
  const bool returns = start.substr(0, start.size() - !start.empty()).find('\r') != std::string_view::npos &&
                       start.find('\n') == std::string_view::npos;
  return returns ? Recoding::carriage_returns : Recoding::none;
}

bool is_wide(Recoding recoding) {
  return recoding != Recoding::none && recoding != Recoding::carriage_returns;
}

const char* name_of(Recoding recoding) {
  if (!is_wide(recoding)) return "UTF-8";
  return recoding == Recoding::utf16_little || recoding == Recoding::utf16_big ? "UTF-16" : "UTF-32";
}

void WideDecoder::Close::operator()(void* converter) const {
  iconv_close(static_cast<iconv_t>(converter));
}

WideDecoder::WideDecoder(Recoding recoding) {
  const bool is_big = recoding == Recoding::utf16_big || recoding == Recoding::utf32_big;
  const std::string name = std::string(name_of(recoding)) + (is_big ? "BE" : "LE");
  const auto converter = iconv_open("UTF-8", name.c_str());
  if (converter == reinterpret_cast<iconv_t>(-1)) throw std::runtime_error("this system's iconv knows no " + name);
  converter_.reset(converter);
}

std::string WideDecoder::decode(std::string_view bytes) {
  std::string text;
  rest_ = convert(static_cast<iconv_t>(converter_.get()), rest_ + std::string(bytes), text);
  if (!begun_ && text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  begun_ = begun_ || !text.empty();
  return text;
}

}  // namespace replearn::io
