#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// How numbers and names get into the page: 16 or 8 bits each, in planes of bytes, compressed, as base64. Local.
namespace replearn::report {

/// The smallest and largest finite value; {0, 0} if there is none.
struct PageRange {
  double min = 0, max = 0;
};
PageRange range_of(std::span<const float> values);

/// Values as whole numbers from 0 (min) to steps (max), low bytes first, then, if steps > 255, high bytes. Values that
/// are not finite become steps + 1. steps <= 65535, at most 65534 if there are such values.
std::string quantized(std::span<const float> values, PageRange range, std::uint32_t steps);
/// The same for codes of categories: code + 1, 0 for missing.
std::string packed_codes(std::span<const std::int32_t> codes, std::size_t categories);
/// Front coding: first for each name the number of bytes (at most 255) that it shares with the previous one, then the
/// remaining bytes of each, ended by a zero byte. Zero bytes in names become blanks.
std::string packed_names(std::span<const std::string> names);

/// The bytes compressed by deflate with zlib's header, as base64. Throws SystemError if memory runs out.
std::string compressed_text(const std::string& bytes);

/// A JSON string. Bytes that are not UTF-8 become U+FFFD.
std::string json_string(const std::string& text);
/// A JSON number; null if it is not finite.
std::string json_number(double number);

}  // namespace replearn::report
