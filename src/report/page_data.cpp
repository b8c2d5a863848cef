#include "report/page_data.hpp"

#include <fmt/core.h>
#include <libdeflate.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/error.hpp"
#include "base/unicode.hpp"

namespace replearn::report {
namespace {

/// Low bytes, then high bytes if there are any: planes compress better than pairs.
std::string in_planes(const std::vector<std::uint16_t>& numbers, bool has_high) {
  std::string bytes;
  bytes.reserve(numbers.size() * (has_high ? 2 : 1));
  for (const auto number : numbers) bytes += static_cast<char>(number & 255);
  if (has_high) {
    for (const auto number : numbers) bytes += static_cast<char>(number >> 8);
  }
  return bytes;
}

std::string base64(std::span<const unsigned char> bytes) {
  constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < left ? bytes[i + k] : 0u);
    for (std::size_t k = 0; k < 4; ++k) text += k <= left ? digits[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

}  // namespace

PageRange range_of(std::span<const float> values) {
  PageRange range;
  bool any = false;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    range.min = any ? std::min<double>(range.min, value) : value;
    range.max = any ? std::max<double>(range.max, value) : value;
    any = true;
  }
  return range;
}

std::string quantized(std::span<const float> values, PageRange range, std::uint32_t steps) {
  const double scale = range.max > range.min ? steps / (range.max - range.min) : 0;
  std::vector<std::uint16_t> numbers;
  numbers.reserve(values.size());
  for (const float value : values) {
    numbers.push_back(std::isfinite(value) ? static_cast<std::uint16_t>(std::lround((value - range.min) * scale))
                                           : static_cast<std::uint16_t>(steps + 1));
  }
  return in_planes(numbers, steps > 255);
}

std::string packed_codes(std::span<const std::int32_t> codes, std::size_t categories) {
  std::vector<std::uint16_t> numbers;
  numbers.reserve(codes.size());
  for (const auto code : codes) numbers.push_back(static_cast<std::uint16_t>(code + 1));
  return in_planes(numbers, categories > 255);
}

std::string packed_names(std::span<const std::string> names) {
  std::string shared, rest;
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::size_t length = 0;
    if (i > 0) {
      const std::size_t longest = std::min<std::size_t>({names[i].size(), names[i - 1].size(), 255});
      while (length < longest && names[i][length] == names[i - 1][length]) ++length;
    }
    shared += static_cast<char>(length);
    rest += names[i].substr(length);
    std::replace(rest.end() - static_cast<std::ptrdiff_t>(names[i].size() - length), rest.end(), '\0', ' ');
    rest += '\0';
  }
  return shared + rest;
}

std::string compressed_text(const std::string& bytes) {
  const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> compressor(
      libdeflate_alloc_compressor(9), libdeflate_free_compressor);
  if (!compressor) throw SystemError("not enough memory to compress the page");
  std::vector<unsigned char> packed(libdeflate_zlib_compress_bound(compressor.get(), bytes.size()));
  const auto length =
      libdeflate_zlib_compress(compressor.get(), bytes.data(), bytes.size(), packed.data(), packed.size());
  return base64(std::span(packed).first(length));
}

std::string json_string(const std::string& text) {
  std::string result = "\"";
  for (const char c : unicode::repaired(text)) {
    if (c == '"' || c == '\\') result += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      result += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    else
      result += c;
  }
  return result + "\"";
}

std::string json_number(double number) {
  return std::isfinite(number) ? fmt::format("{}", number) : "null";
}

}  // namespace replearn::report
