#include "io/numpy/npy.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "base/error.hpp"
#include "base/regular_expression.hpp"
#include "io/tables/fields.hpp"

namespace replearn::io {
namespace {

constexpr std::string_view magic("\x93NUMPY", 6);

/// Text after `key` in the header dictionary; empty if the key is missing.
std::string entry(const std::string& dictionary, const std::string& key, const std::string& pattern) {
  const auto found = RegularExpression("['\"]" + key + "['\"]\\s*:\\s*" + pattern).search(dictionary);
  return found ? (*found)[1] : std::string();
}

template <class T>
T number_at(const char* bytes, bool big_endian) {
  std::array<char, sizeof(T)> raw;
  std::copy_n(bytes, sizeof(T), raw.begin());
  if (big_endian) std::reverse(raw.begin(), raw.end());
  T value;
  std::memcpy(&value, raw.data(), sizeof(T));
  return value;
}

/// IEEE 754 binary16.
double half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double sign = bits >> 15 ? -1 : 1;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  if (exponent == 31) return fraction ? std::nan("") : sign * HUGE_VAL;
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

bool is_number_type(char kind, Index bytes) {
  if (kind == 'f') return bytes == 2 || bytes == 4 || bytes == 8;
  if (kind == 'b') return bytes == 1;
  return (kind == 'i' || kind == 'u') && (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8);
}

std::vector<Index> parse_shape(const std::string& text) {
  std::vector<Index> shape;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] < '0' || text[at] > '9') {
      ++at;
      continue;
    }
    Index value = 0;
    const auto [stop, error] = std::from_chars(text.data() + at, text.data() + text.size(), value);
    if (error != std::errc()) return {-1};
    shape.push_back(value);
    at = static_cast<std::size_t>(stop - text.data());
  }
  return shape;
}

}  // namespace

Index NpyHeader::size() const {
  Index all = 1;
  for (const Index extent : shape) all *= extent;
  return all;
}

NpyHeader parse_npy_header(const std::string& path, const std::string& place, std::string_view bytes, Index total) {
  const std::string hint = "write it with numpy.save";
  if (!bytes.starts_with(magic) || bytes.size() < 12) throw InputError(path, place, "is not a NumPy array", hint);
  const int version = bytes[6];
  const Index before = version == 1 ? 10 : 12;
  const Index length = version == 1 ? number_at<std::uint16_t>(bytes.data() + 8, false)
                                    : static_cast<Index>(number_at<std::uint32_t>(bytes.data() + 8, false));
  // The regular expressions below recurse once per character.
  if (before + length > npy_header_reach && version >= 1 && version <= 3) {
    throw InputError(path, place,
                     "the header of the NumPy array has " + std::to_string(length) +
                         " bytes, more than the 10000 that NumPy itself reads",
                     hint);
  }
  if (version < 1 || version > 3 || before + length > static_cast<Index>(bytes.size()) || before + length > total) {
    throw InputError(path, place, "the header of the NumPy array is truncated or of an unknown version", hint);
  }
  const std::string dictionary(bytes.substr(static_cast<std::size_t>(before), static_cast<std::size_t>(length)));
  const auto descr = entry(dictionary, "descr", "['\"]([^'\"]*)['\"]");
  const auto order = entry(dictionary, "fortran_order", "(True|False)");
  const auto shape = entry(dictionary, "shape", "(\\([0-9L, ]*\\))");
  const auto type = RegularExpression("^([<>|=])([a-zA-Z])([0-9]{1,9})$").search(descr);
  if (order.empty() || shape.empty() || !type) {
    throw InputError(
        path, place,
        "an array of " + (descr.empty() ? "records or objects" : in_quotes(descr)) + ", which are not numbers",
        "write an array of numbers: a.astype('float32')");
  }
  NpyHeader header;
  header.kind = type->at(2)[0];
  header.item_bytes = std::stol(type->at(3)) * (header.kind == 'U' ? 4 : 1);
  header.big_endian = type->at(1) == ">";
  header.fortran_order = order == "True";
  header.shape = parse_shape(shape);
  header.offset = before + length;
  if (!is_number_type(header.kind, header.item_bytes) && header.kind != 'S' && header.kind != 'U') {
    throw InputError(path, place, "an array of type " + in_quotes(descr) + ", which are not real numbers",
                     "write an array of numbers: a.astype('float32')");
  }
  // By division, since the product of an invalid shape may overflow.
  const bool empty = std::count(header.shape.begin(), header.shape.end(), 0) > 0;
  Index left = header.item_bytes > 0 && !empty ? (total - header.offset) / header.item_bytes : 0;
  bool fits = empty || left > 0;
  for (const Index extent : header.shape) {
    fits = fits && extent >= 0 && (empty || left / extent > 0);
    if (fits && !empty) left /= extent;
  }
  if (!fits) throw InputError(path, place, "the file is shorter than its shape " + shape + " says", "copy it again");
  return header;
}

std::string type_name(const NpyHeader& header) {
  const std::string bits = std::to_string(8 * header.item_bytes);
  switch (header.kind) {
    case 'f':
      return "float" + bits;
    case 'i':
      return "int" + bits;
    case 'u':
      return "uint" + bits;
    case 'b':
      return "bool";
    default:
      return "text";
  }
}

std::string npy_header(const std::string& descr, const std::vector<Index>& shape) {
  std::string extents;
  for (const Index extent : shape) extents += std::to_string(extent) + ", ";
  if (shape.size() > 1) extents.resize(extents.size() - 2);
  if (shape.size() == 1) extents.pop_back();
  std::string dictionary = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + extents + "), }";
  constexpr std::size_t before = 10, aligned = 64;
  dictionary.append(aligned - (before + dictionary.size() + 1) % aligned, ' ');
  dictionary += '\n';
  std::string header(magic);
  header += {'\1', '\0', static_cast<char>(dictionary.size() & 255), static_cast<char>(dictionary.size() >> 8)};
  return header + dictionary;
}

double npy_value(const NpyHeader& header, const char* bytes, Index i) {
  const char* const at = bytes + i * header.item_bytes;
  const bool big = header.big_endian;
  switch (header.kind) {
    case 'f':
      if (header.item_bytes == 2) return half(number_at<std::uint16_t>(at, big));
      if (header.item_bytes == 4) return number_at<float>(at, big);
      return number_at<double>(at, big);
    case 'u':
      if (header.item_bytes == 1) return static_cast<unsigned char>(*at);
      if (header.item_bytes == 2) return number_at<std::uint16_t>(at, big);
      if (header.item_bytes == 4) return number_at<std::uint32_t>(at, big);
      return static_cast<double>(number_at<std::uint64_t>(at, big));
    case 'i':
      if (header.item_bytes == 1) return static_cast<signed char>(*at);
      if (header.item_bytes == 2) return number_at<std::int16_t>(at, big);
      if (header.item_bytes == 4) return number_at<std::int32_t>(at, big);
      return static_cast<double>(number_at<std::int64_t>(at, big));
    default:
      return *at != 0;
  }
}

}  // namespace replearn::io
