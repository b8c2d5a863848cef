// Implements hdf5_copy.hpp: links, groups, attributes, committed types.
#include "io/hdf5/hdf5_copy.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/error.hpp"

namespace replearn::io {

H5O_type_t Hdf5Copier::kind(const std::string& path) const {
  H5O_info_t info{};
  if (H5Oget_info_by_name2(from_.id(), path.c_str(), &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0) {
    Hdf5Origin{from_.path(), path}.fail("cannot be opened");
  }
  return info.type;
}

bool Hdf5Copier::copy_link(const std::string& path, int variant) {
  require_not_too_deep(from_.path(), path);
  const auto links = create_intermediate_groups();  // old files may have columns named a/b
  H5L_info_t link{};
  if (H5Lget_info(from_.id(), path.c_str(), &link, H5P_DEFAULT) < 0) {
    Hdf5Origin{from_.path(), path}.fail("cannot be opened");
  }
  const std::string name = to_.link_name(path);
  H5Pset_char_encoding(links.id(), name == path ? link.cset : H5T_CSET_UTF8);
  const auto made = [&](herr_t status) {
    if (status < 0) Hdf5Origin{to_.path(), path, true}.fail("the link cannot be made");
    return true;
  };
  if (link.type == H5L_TYPE_SOFT) {
    std::string target(link.u.val_size + 1, '\0');
    if (H5Lget_val(from_.id(), path.c_str(), target.data(), target.size(), H5P_DEFAULT) < 0) {
      Hdf5Origin{from_.path(), path}.fail("its link cannot be read");
    }
    target.resize(std::strlen(target.c_str()));
    if (keeps_soft_(path, target) || !from_.exists(path)) {
      return made(H5Lcreate_soft(to_.link_name(target).c_str(), to_.id(), name.c_str(), links.id(), H5P_DEFAULT));
    }
  } else if (link.type != H5L_TYPE_HARD) {
    from_.exists(path);  // reports the target of an external link
    Hdf5Origin{from_.path(), path}.refuse("is a user-defined link, which only the program that wrote it can follow",
                                          "remove it from the input first");
  }
  H5O_info_t info{};
  if (H5Oget_info_by_name2(from_.id(), path.c_str(), &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0) {
    Hdf5Origin{from_.path(), path}.fail("cannot be opened");
  }
  const auto [at, is_new] = copied_.try_emplace({info.addr, variant}, path);
  // A recorded object may not exist at its path: old categoricals, for example, become groups.
  if (is_new || !to_.exists(at->second)) return false;
  return made(
      H5Lcreate_hard(to_.id(), to_.link_name(at->second).c_str(), to_.id(), name.c_str(), links.id(), H5P_DEFAULT));
}

void Hdf5Copier::note(const std::string& path) {
  H5O_info_t info{};
  if (H5Oget_info_by_name2(from_.id(), path.c_str(), &info, H5O_INFO_BASIC, H5P_DEFAULT) >= 0) {
    copied_.try_emplace({info.addr, 0}, path);
  }
}

void Hdf5Copier::copy(const std::string& path) {
  if (copy_link(path)) return;
  switch (kind(path)) {
    case H5O_TYPE_GROUP:
      make_group(path);
      copy_attributes(path);
      for (const auto& name : members(path)) copy(path + "/" + name);
      return;
    case H5O_TYPE_DATASET:
      return copy_dataset(path);
    case H5O_TYPE_NAMED_DATATYPE:
      return copy_committed_type(path);
    default:
      Hdf5Origin{from_.path(), path}.refuse("is an object of a kind unknown to HDF5 1.10",
                                            "remove it from the input first");
  }
}

std::vector<std::string> Hdf5Copier::members(const std::string& path) const {
  std::vector<std::pair<std::int64_t, std::string>> ordered;
  for (const auto& name : from_.children(path)) {
    H5L_info_t link{};
    const bool has_order =
        H5Lget_info(from_.id(), (path + "/" + name).c_str(), &link, H5P_DEFAULT) >= 0 && link.corder_valid;
    ordered.emplace_back(has_order ? link.corder : 0, name);
  }
  std::sort(ordered.begin(), ordered.end());
  std::vector<std::string> names;
  for (auto& entry : ordered) names.push_back(std::move(entry.second));
  return names;
}

void Hdf5Copier::make_group(const std::string& path) {
  const Hdf5Handle source(H5Gopen2(from_.id(), path.c_str(), H5P_DEFAULT), H5Gclose);
  const Hdf5Handle creation(source.ok() ? H5Gget_create_plist(source.id()) : H5I_INVALID_HID, H5Pclose);
  if (!creation.ok()) Hdf5Origin{from_.path(), path}.fail("cannot be opened");
  // Not `creation` itself: in HDF5 1.10 it holds the addresses of the source's heap of links (from 9 links on).
  const Hdf5Handle alike(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
  unsigned order = 0;
  if (H5Pget_link_creation_order(creation.id(), &order) >= 0) H5Pset_link_creation_order(alike.id(), order);
  if (H5Pget_attr_creation_order(creation.id(), &order) >= 0) H5Pset_attr_creation_order(alike.id(), order);
  const auto links = create_intermediate_groups();
  const Hdf5Handle group(H5Gcreate2(to_.id(), to_.link_name(path).c_str(), links.id(), alike.id(), H5P_DEFAULT),
                         H5Gclose);
  if (!group.ok()) Hdf5Origin{to_.path(), path, true}.fail("cannot be made");
}

void Hdf5Copier::copy_attributes(const std::string& path) {
  for (const auto& name : from_.attribute_names(path)) {
    const auto attribute = from_.attribute_at(path, name);
    if (holds_references(attribute.type())) {
      references_.push_back({path, name});
      continue;
    }
    const auto values = attribute.raw();
    const auto type = type_for(attribute.type());
    const auto copy = make_attribute(path, name, type.id(), attribute.space());
    if (!copy.ok() || (values.count() > 0 && H5Awrite(copy.id(), values.type(), values.bytes().data()) < 0)) {
      Hdf5Origin{to_.path(), path, true}.fail("attribute '" + name + "' cannot be written");
    }
  }
}

/// Replaces an existing attribute.
Hdf5Handle Hdf5Copier::make_attribute(const std::string& path, const std::string& attribute, hid_t type, hid_t space) {
  const std::string object = to_.link_name(path), name = to_.link_name(attribute);
  H5Adelete_by_name(to_.id(), object.c_str(), name.c_str(), H5P_DEFAULT);
  return {H5Acreate_by_name(to_.id(), object.c_str(), name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
          H5Aclose};
}

void Hdf5Copier::copy_committed_type(const std::string& path) {
  const Hdf5Handle stored(H5Topen2(from_.id(), path.c_str(), H5P_DEFAULT), H5Tclose);
  const Hdf5Handle type(stored.ok() ? H5Tcopy(stored.id()) : H5I_INVALID_HID, H5Tclose);
  if (!type.ok()) Hdf5Origin{from_.path(), path}.fail("cannot be opened");
  const auto links = create_intermediate_groups();
  if (H5Tcommit2(to_.id(), to_.link_name(path).c_str(), type.id(), links.id(), H5P_DEFAULT, H5P_DEFAULT) < 0) {
    Hdf5Origin{to_.path(), path, true}.fail("cannot be made");
  }
  copy_attributes(path);
}

/// Uses the copy of a committed type if it exists already, else a type of the object's own.
Hdf5Handle Hdf5Copier::type_for(hid_t stored) const {
  if (H5Tcommitted(stored) > 0) {
    if (const auto* path = copy_of(stored); path && to_.exists(*path)) {
      return {H5Topen2(to_.id(), to_.link_name(*path).c_str(), H5P_DEFAULT), H5Tclose};
    }
  }
  return {H5Tcopy(stored), H5Tclose};
}

const std::string* Hdf5Copier::copy_of(hid_t object) const {
  H5O_info_t info{};
  if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) return nullptr;
  const auto at = copied_.lower_bound({info.addr, 0});
  return at != copied_.end() && at->first.first == info.addr ? &at->second : nullptr;
}

}  // namespace replearn::io
