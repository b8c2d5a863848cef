#include "io/hdf5/hdf5_types.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/unicode.hpp"
#include "io/hdf5/hdf5_filters.hpp"

namespace replearn::io {

template <>
hid_t hdf5_type<float>() {
  return H5T_NATIVE_FLOAT;
}
template <>
hid_t hdf5_type<double>() {
  return H5T_NATIVE_DOUBLE;
}
template <>
hid_t hdf5_type<std::int8_t>() {
  return H5T_NATIVE_INT8;
}
template <>
hid_t hdf5_type<std::uint8_t>() {
  return H5T_NATIVE_UINT8;
}
template <>
hid_t hdf5_type<std::int16_t>() {
  return H5T_NATIVE_INT16;
}
template <>
hid_t hdf5_type<std::int32_t>() {
  return H5T_NATIVE_INT32;
}
template <>
hid_t hdf5_type<std::int64_t>() {
  return H5T_NATIVE_INT64;
}

Index Hdf5Shape::size() const {
  if (std::find(extent.begin(), extent.end(), 0) != extent.end()) return 0;
  Index product = 1;
  for (const Index size : extent) {
    if (size < 0 || __builtin_mul_overflow(product, size, &product)) return std::numeric_limits<Index>::max();
  }
  return product;
}

bool Hdf5Shape::is_number() const {
  return kind == Hdf5Kind::integer || kind == Hdf5Kind::unsigned_integer || kind == Hdf5Kind::real ||
         kind == Hdf5Kind::boolean;
}

std::string extent_text(const std::vector<Index>& extent) {
  std::string text;
  for (const Index size : extent) text += (text.empty() ? "" : " x ") + std::to_string(size);
  return extent.empty() ? "a single value" : text;
}

std::string Hdf5Shape::type_name() const {
  const std::string bits = std::to_string(8 * element_bytes);
  switch (kind) {
    case Hdf5Kind::boolean:
      return "bool";
    case Hdf5Kind::integer:
      return "int" + bits;
    case Hdf5Kind::unsigned_integer:
      return "uint" + bits;
    case Hdf5Kind::real:
      return "float" + bits;
    case Hdf5Kind::string:
      return "string";
    case Hdf5Kind::compound:
      return "compound";
    case Hdf5Kind::other:
      break;
  }
  return "other";
}

Hdf5Texts::Hdf5Texts(std::span<const std::string> texts) {
  pointers_.reserve(texts.size());
  for (const auto& text : texts) {
    const bool valid = unicode::is_valid(text);
    if (!valid) converted_.push_back(unicode::from_latin1(text));
    pointers_.push_back(valid ? text.c_str() : converted_.back().c_str());
  }
}

Hdf5Handle hdf5_string_type() {
  Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), H5T_VARIABLE);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

Hdf5Handle hdf5_bool_type() {
  Hdf5Handle type(H5Tenum_create(H5T_STD_I8LE), H5Tclose);
  const std::int8_t no = 0, yes = 1;
  H5Tenum_insert(type.id(), "FALSE", &no);
  H5Tenum_insert(type.id(), "TRUE", &yes);
  return type;
}

bool is_h5py_bool(hid_t type) {
  if (H5Tget_class(type) != H5T_ENUM || H5Tget_nmembers(type) != 2) return false;
  char* name = H5Tget_member_name(type, 0);
  const std::string first = name ? name : "";
  H5free_memory(name);
  return first == "FALSE";
}

Hdf5Kind kind_of(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
      return H5Tget_sign(type) == H5T_SGN_NONE ? Hdf5Kind::unsigned_integer : Hdf5Kind::integer;
    case H5T_FLOAT:
      return Hdf5Kind::real;
    case H5T_STRING:
      return Hdf5Kind::string;
    case H5T_COMPOUND:
      return Hdf5Kind::compound;
    case H5T_ENUM:
      return is_h5py_bool(type) ? Hdf5Kind::boolean : Hdf5Kind::integer;
    default:
      return Hdf5Kind::other;
  }
}

std::vector<Index> extent_of(hid_t space) {
  if (H5Sget_simple_extent_type(space) == H5S_NULL) return {0};
  const int rank = std::max(H5Sget_simple_extent_ndims(space), 0);
  std::vector<hsize_t> dimensions(rank);
  H5Sget_simple_extent_dims(space, dimensions.data(), nullptr);
  return {dimensions.begin(), dimensions.end()};
}

std::string compression_of(hid_t dataset) {
  std::string names;
  for (const auto& filter : filters_of(dataset)) {
    if (filter.compresses()) names += (names.empty() ? "" : " ") + filter.name();
  }
  return names;
}

}  // namespace replearn::io
