#pragma once
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "io/hdf5/hdf5_file.hpp"

namespace replearn::io {

/// Copies objects of one HDF5 file to the same paths of another: groups, datasets and committed types with their
/// attributes. Values are copied in stored form, chunks in compressed form even if their filters are not installed.
/// Hard links and references point to the copies; soft links stay soft links. Data in other files (external links,
/// external storage, virtual datasets) are rejected. One process, both files open in it. Throws InputError for read
/// errors, SystemError for write errors.
class Hdf5Copier {
 public:
  /// keeps_soft(path, target): whether to keep a soft link; otherwise its target is copied in its place.
  Hdf5Copier(const Hdf5File& from, Hdf5File& to,
             std::function<bool(const std::string& path, const std::string& target)> keeps_soft)
      : from_(from), to_(to), keeps_soft_(std::move(keeps_soft)) {}

  /// Copies the link at `path` if it is a soft link to keep, or a hard link to an object already copied in the same
  /// variant (an object may be copied several times: whole, or without some rows). Otherwise records the object as
  /// copied here and returns false; the caller then creates it. This terminates cycles of groups.
  bool copy_link(const std::string& path, int variant = 0);
  /// Records that the caller copies the object here.
  void note(const std::string& path);
  /// Copies an object and all its members that have not been copied yet.
  void copy(const std::string& path);

  bool is_group(const std::string& path) const { return kind(path) == H5O_TYPE_GROUP; }
  void make_group(const std::string& path);
  /// Member names of a source group: in creation order if the group tracks it, else sorted.
  std::vector<std::string> members(const std::string& path) const;
  void copy_attributes(const std::string& path);
  void copy_dataset(const std::string& path);

  /// Contiguous datasets that were created but are too large for one process; all ranks copy their bytes.
  const std::vector<std::string>& left_to_ranks() const { return left_to_ranks_; }
  /// Called after everything is copied: updates references to point to the copies. References to objects that were not
  /// copied become null.
  void finish();

 private:
  struct Reference {
    std::string path, attribute;  // "": the dataset itself
  };
  H5O_type_t kind(const std::string& path) const;
  Hdf5Handle make_attribute(const std::string& path, const std::string& attribute, hid_t type, hid_t space);
  void copy_committed_type(const std::string& path);
  Hdf5Handle type_for(hid_t stored) const;
  Hdf5Handle make_like(const Hdf5Dataset& source, const std::string& path, hid_t creation);
  void copy_chunks(const Hdf5Dataset& source, hid_t target, hid_t creation);
  void copy_values(const Hdf5Dataset& source, hid_t target);
  void translate(std::byte* element, hid_t type) const;
  void translate_object(hobj_ref_t& reference) const;
  void translate_region(hdset_reg_ref_t& reference) const;
  const std::string* copy_of(hid_t object) const;

  const Hdf5File& from_;
  Hdf5File& to_;
  std::function<bool(const std::string&, const std::string&)> keeps_soft_;
  std::map<std::pair<haddr_t, int>, std::string> copied_;  // path of each source object in the copy
  std::vector<std::string> left_to_ranks_;
  std::vector<Reference> references_;
};

}  // namespace replearn::io
