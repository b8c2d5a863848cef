// Implements hdf5_file.hpp: listing and writing attributes.
#include <algorithm>

#include "io/hdf5/hdf5_file.hpp"

namespace replearn::io {
namespace {

/// Creates or replaces an attribute; returns false on failure.
bool put_attribute(hid_t file, const std::string& object, const std::string& name, hid_t type,
                   const std::vector<Index>* extent, const void* values) {
  H5Adelete_by_name(file, object.c_str(), name.c_str(), H5P_DEFAULT);
  const std::vector<hsize_t> size =
      extent ? std::vector<hsize_t>(extent->begin(), extent->end()) : std::vector<hsize_t>{};
  const Hdf5Handle space(
      extent ? H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr) : H5Screate(H5S_SCALAR), H5Sclose);
  const Hdf5Handle attribute(
      H5Acreate_by_name(file, object.c_str(), name.c_str(), type, space.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose);
  const bool empty = std::find(size.begin(), size.end(), hsize_t{0}) != size.end();
  return attribute.ok() && (empty || H5Awrite(attribute.id(), type, values) >= 0);
}

}  // namespace

std::vector<std::string> Hdf5File::attribute_names(const std::string& object) const {
  const auto open = open_object(object);
  std::vector<std::string> names;
  const auto done = H5Aiterate2(
      open.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr,
      [](hid_t, const char* name, const H5A_info_t*, void* list) -> herr_t {
        static_cast<std::vector<std::string>*>(list)->emplace_back(name);
        return 0;
      },
      &names);
  if (done < 0) fail(object, "its attributes cannot be listed");
  return names;
}

void Hdf5File::set_attribute(const std::string& object, const std::string& name, const std::string& text) {
  const auto type = hdf5_string_type();
  const Hdf5Texts value(text);
  if (!put_attribute(file_.id(), link_name(object), name, type.id(), nullptr, value.data()))
    fail(object, "attribute cannot be written");
}

void Hdf5File::set_attribute(const std::string& object, const std::string& name,
                             const std::vector<std::string>& texts) {
  const auto type = hdf5_string_type();
  const Hdf5Texts values(texts);
  const std::vector<Index> extent = {static_cast<Index>(texts.size())};
  if (!put_attribute(file_.id(), link_name(object), name, type.id(), &extent, values.data())) {
    fail(object, "attribute cannot be written");
  }
}

void Hdf5File::set_attribute(const std::string& object, const std::string& name, const std::vector<Index>& numbers) {
  const std::vector<Index> extent = {static_cast<Index>(numbers.size())};
  if (!put_attribute(file_.id(), link_name(object), name, H5T_NATIVE_INT64, &extent, numbers.data())) {
    fail(object, "attribute cannot be written");
  }
}

void Hdf5File::set_attribute(const std::string& object, const std::string& name, bool value) {
  const auto type = hdf5_bool_type();
  const std::int8_t byte = value;
  if (!put_attribute(file_.id(), link_name(object), name, type.id(), nullptr, &byte))
    fail(object, "attribute cannot be written");
}

}  // namespace replearn::io
