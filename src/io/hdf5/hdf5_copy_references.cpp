// Implements hdf5_copy.hpp: updating references to point to the copies.
#include <cstring>

#include "io/hdf5/hdf5_copy.hpp"

namespace replearn::io {

void Hdf5Copier::translate_object(hobj_ref_t& reference) const {
  const hobj_ref_t old = std::exchange(reference, hobj_ref_t{});
  if (old == hobj_ref_t{}) return;
  const Hdf5Handle object(H5Rdereference2(from_.id(), H5P_DEFAULT, H5R_OBJECT, &old), H5Oclose);
  const auto* path = object.ok() ? copy_of(object.id()) : nullptr;
  if (path && to_.exists(*path))
    H5Rcreate(&reference, to_.id(), to_.link_name(*path).c_str(), H5R_OBJECT, H5I_INVALID_HID);
}

void Hdf5Copier::translate_region(hdset_reg_ref_t& reference) const {
  hdset_reg_ref_t old;
  std::memcpy(&old, &reference, sizeof old);
  std::memset(&reference, 0, sizeof reference);
  const Hdf5Handle object(H5Rdereference2(from_.id(), H5P_DEFAULT, H5R_DATASET_REGION, &old), H5Oclose);
  const Hdf5Handle region(object.ok() ? H5Rget_region(from_.id(), H5R_DATASET_REGION, &old) : H5I_INVALID_HID,
                          H5Sclose);
  const auto* path = region.ok() ? copy_of(object.id()) : nullptr;
  if (path && to_.exists(*path))
    H5Rcreate(&reference, to_.id(), to_.link_name(*path).c_str(), H5R_DATASET_REGION, region.id());
}

/// Translates an element of any type in memory, including references in compounds, arrays and sequences.
void Hdf5Copier::translate(std::byte* element, hid_t type) const {
  switch (H5Tget_class(type)) {
    case H5T_REFERENCE:
      if (H5Tequal(type, H5T_STD_REF_OBJ) > 0) return translate_object(*reinterpret_cast<hobj_ref_t*>(element));
      return translate_region(*reinterpret_cast<hdset_reg_ref_t*>(element));
    case H5T_COMPOUND:
      for (int i = 0; i < H5Tget_nmembers(type); ++i) {
        const Hdf5Handle member(H5Tget_member_type(type, static_cast<unsigned>(i)), H5Tclose);
        translate(element + H5Tget_member_offset(type, static_cast<unsigned>(i)), member.id());
      }
      return;
    case H5T_ARRAY: {
      const Hdf5Handle base(H5Tget_super(type), H5Tclose);
      const std::size_t width = H5Tget_size(base.id()), count = H5Tget_size(type) / width;
      for (std::size_t i = 0; i < count; ++i) translate(element + i * width, base.id());
      return;
    }
    case H5T_VLEN: {
      const Hdf5Handle base(H5Tget_super(type), H5Tclose);
      const auto* sequence = reinterpret_cast<const hvl_t*>(element);
      const std::size_t width = H5Tget_size(base.id());
      for (std::size_t i = 0; i < sequence->len; ++i) {
        translate(static_cast<std::byte*>(sequence->p) + i * width, base.id());
      }
      return;
    }
    default:
      return;
  }
}

void Hdf5Copier::finish() {
  for (const auto& [path, attribute] : references_) {
    const Hdf5Origin written{to_.path(), path, true};
    if (!to_.exists(path)) continue;
    if (attribute.empty()) {
      const auto source = from_.dataset_at(path);
      if (source.shape().size() == 0) continue;
      auto values = source.read_raw(source.whole());
      for (Index i = 0; i < values.count(); ++i) {
        translate(values.bytes().data() + i * values.element_bytes(), values.type());
      }
      const auto target = to_.dataset_at(path);
      if (H5Dwrite(target.id(), values.type(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.bytes().data()) < 0) {
        written.fail("cannot be written");
      }
      continue;
    }
    const auto source = from_.attribute_at(path, attribute);
    auto values = source.raw();
    for (Index i = 0; i < values.count(); ++i) {
      translate(values.bytes().data() + i * values.element_bytes(), values.type());
    }
    const auto type = type_for(source.type());
    const auto copy = make_attribute(path, attribute, type.id(), source.space());
    if (!copy.ok() || (values.count() > 0 && H5Awrite(copy.id(), values.type(), values.bytes().data()) < 0)) {
      written.fail("attribute '" + attribute + "' cannot be written");
    }
  }
  references_.clear();
}

}  // namespace replearn::io
