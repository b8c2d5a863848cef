#include "io/hdf5_file.hpp"

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

Hdf5Handle hdf5_groups_on_the_way() {
  Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links.id(), 1);
  return links;
}

}  // namespace replearn::io
