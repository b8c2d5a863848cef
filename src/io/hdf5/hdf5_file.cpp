// Implements hdf5_file.hpp: listing and reading.
#include "io/hdf5/hdf5_file.hpp"

#include <set>

namespace replearn::io {

// --- listing

std::string Hdf5File::link_name(const std::string& object) const {
  return writing_ ? *Hdf5Texts(object).data() : object;
}

bool Hdf5File::exists(const std::string& name) const {
  const std::string object = link_name(name);
  if (object == "/") return true;
  // One lookup of the whole path. HDF5 reports a missing component as an error, which means that the object does not
  // exist.
  const bool there = H5Oexists_by_name(file_.id(), object.c_str(), links_.access()) > 0;
  links_.require_none(origin(object));
  return there;
}

bool Hdf5File::is_group(const std::string& object) const {
  return exists(object) && H5Iget_type(open_object(object).id()) == H5I_GROUP;
}

bool Hdf5File::is_dataset(const std::string& object) const {
  return exists(object) && H5Iget_type(open_object(object).id()) == H5I_DATASET;
}

std::vector<std::string> Hdf5File::children(const std::string& group) const {
  std::vector<std::string> names;
  if (!is_group(group)) return names;
  const auto object = open_object(group);
  const auto done = H5Literate(
      object.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr,
      [](hid_t, const char* name, const H5L_info_t*, void* list) -> herr_t {
        static_cast<std::vector<std::string>*>(list)->emplace_back(name);
        return 0;
      },
      &names);
  if (done < 0) fail(group, "its members cannot be listed");
  return names;
}

// Not H5Ovisit, which recurses once per group level and could exhaust the stack.
std::vector<std::string> Hdf5File::groups() const {
  std::vector<std::string> paths;
  struct Walk {
    std::string head;
    std::set<haddr_t> visited;
    std::vector<std::string> pending;
  } walk{"", {}, {"/"}};
  const auto add = [](hid_t group, const char* name, const H5L_info_t* link, void* given) -> herr_t {
    auto& [head, visited, pending] = *static_cast<Walk*>(given);
    if (link->type != H5L_TYPE_HARD || !visited.insert(link->u.address).second) return 0;
    H5O_info_t info{};
    if (H5Oget_info_by_name2(group, name, &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0) return -1;
    if (info.type == H5O_TYPE_GROUP) pending.push_back(head + name);
    return 0;
  };
  H5O_info_t root{};
  if (H5Oget_info2(file_.id(), &root, H5O_INFO_BASIC) >= 0) walk.visited.insert(root.addr);
  while (!walk.pending.empty()) {
    const std::string path = std::move(walk.pending.back());
    walk.pending.pop_back();
    require_not_too_deep(path_, path);
    walk.head = path == "/" ? "" : path + "/";
    if (H5Literate(open_object(path).id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &walk) < 0) {
      fail(path, "its members cannot be listed");
    }
    if (path != "/") paths.push_back(path);
  }
  return paths;
}

Index Hdf5File::stored_bytes(const std::string& element) const {
  if (!exists(element)) return 0;
  Index bytes = 0;
  const auto add = [](hid_t start, const char* name, const H5O_info_t* info, void* sum) -> herr_t {
    if (info->type != H5O_TYPE_DATASET) return 0;
    const Hdf5Handle dataset(H5Dopen2(start, name, H5P_DEFAULT), H5Dclose);
    if (dataset.ok()) *static_cast<Index*>(sum) += static_cast<Index>(H5Dget_storage_size(dataset.id()));
    return 0;
  };
  if (H5Ovisit_by_name2(file_.id(), element.c_str(), H5_INDEX_NAME, H5_ITER_NATIVE, add, &bytes, H5O_INFO_BASIC,
                        links_.access()) < 0) {
    fail(element, "its members cannot be listed");
  }
  return bytes;
}

Hdf5Handle Hdf5File::open_object(const std::string& object) const {
  Hdf5Handle handle(H5Oopen(file_.id(), link_name(object).c_str(), links_.access()), H5Oclose);
  if (handle.ok()) return handle;
  const auto reason = origin(object).reason();
  links_.require_none(origin(object));
  origin(object).fail("cannot be opened", reason);
}

Hdf5Handle Hdf5File::open_dataset(const std::string& dataset) const {
  Hdf5Handle handle(H5Dopen2(file_.id(), link_name(dataset).c_str(), links_.access()), H5Dclose);
  if (handle.ok()) return handle;
  const auto reason = origin(dataset).reason();
  links_.require_none(origin(dataset));
  if (!exists(dataset)) origin(dataset).refuse("is missing", "replearn inspect shows what the file contains");
  if (is_group(dataset)) origin(dataset).refuse("is a group where an array is expected", "write the file again");
  origin(dataset).fail("cannot be opened", reason);
}

// --- reading

Hdf5Dataset Hdf5File::dataset_at(const std::string& dataset) const {
  return {open_dataset(dataset), origin(dataset)};
}

std::vector<std::string> Hdf5File::read_strings(const std::string& dataset) const {
  const auto open = dataset_at(dataset);
  if (!open.shape().extent.empty()) open.require_vector();
  return open.read_strings(open.whole());
}

std::vector<std::string> Hdf5File::read_strings(const std::string& dataset, Index begin, Index count) const {
  const auto open = dataset_at(dataset);
  open.require_vector();
  return open.read_strings(open.rows(begin, count));
}

void Hdf5File::read_box(const std::string& dataset, const ArrayBox& box, std::span<float> values) const {
  dataset_at(dataset).read_into(box, values);
}

// --- attributes

bool Hdf5File::has_attribute(const std::string& object, const std::string& name) const {
  const bool there = H5Aexists_by_name(file_.id(), link_name(object).c_str(), name.c_str(), links_.access()) > 0;
  links_.require_none(origin(object));
  return there;
}

Hdf5Attribute Hdf5File::attribute_at(const std::string& object, const std::string& name) const {
  if (!has_attribute(object, name))
    origin(object).refuse("attribute '" + name + "' is missing", "write the file again");
  Hdf5Handle handle(H5Aopen_by_name(file_.id(), link_name(object).c_str(), name.c_str(), H5P_DEFAULT, links_.access()),
                    H5Aclose);
  if (!handle.ok()) fail(object, "attribute '" + name + "' cannot be opened");
  return {std::move(handle), origin(object), name};
}

std::vector<std::string> Hdf5File::strings_attribute(const std::string& object, const std::string& name) const {
  const auto attribute = attribute_at(object, name);
  if (attribute.shape().kind != Hdf5Kind::string) return {};
  return attribute.strings();
}

std::string Hdf5File::string_attribute(const std::string& object, const std::string& name) const {
  if (!has_attribute(object, name)) return "";
  const auto texts = strings_attribute(object, name);
  return texts.empty() ? "" : texts.front();
}

std::vector<Index> Hdf5File::index_attribute(const std::string& object, const std::string& name) const {
  return attribute_at(object, name).whole_numbers();
}

bool Hdf5File::bool_attribute(const std::string& object, const std::string& name) const {
  if (!has_attribute(object, name)) return false;
  const auto attribute = attribute_at(object, name);
  if (attribute.shape().size() != 1) {
    origin(object).refuse(
        "attribute '" + name + "' is " + extent_text(attribute.shape().extent) + " where a single boolean is expected",
        "write the file again");
  }
  return attribute.whole_numbers()[0] != 0;
}

std::string Hdf5File::reference_attribute(const std::string& object, const std::string& name) const {
  return has_attribute(object, name) ? attribute_at(object, name).referenced_path() : "";
}

}  // namespace replearn::io
