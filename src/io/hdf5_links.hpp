#pragma once
#include <memory>
#include <string>

#include "io/hdf5_errors.hpp"
#include "io/hdf5_handle.hpp"

namespace replearn::io {

/// The access property list with which objects of a file are opened: an external link is never followed, since the
/// other file is one that the user did not name (and may be anything that this user can read). HDF5 calls back before
/// it follows one; that is kept here until require_none() tells it.
class ExternalLinkGuard {
 public:
  ExternalLinkGuard();
  /// For H5Oopen and the like as for H5Dopen2 (an access list of datasets is one of links too).
  hid_t access() const { return access_.id(); }
  /// Throws InputError if the last call met an external link, naming it and the other file. Local.
  void require_none(const Hdf5Origin& origin) const;

 private:
  struct Met {
    std::string file, object;
  };
  Hdf5Handle access_;
  std::unique_ptr<Met> met_;  // at one place while the guard moves: HDF5 holds its address
};

/// Whether a path leads through more groups in groups than are followed. Each object is found by its path, whose length
/// is the cost of a look; and HDF5's own walks take room on the stack for each level.
bool is_too_deep(const std::string& path);
inline constexpr int max_levels = 100;
/// What is told of such a path, which is shortened, and what to do about it.
inline constexpr char too_deep[] = "lies more than 100 groups deep", hint_too_deep[] = "remove it from the input first";
std::string beginning_of(const std::string& path);
/// Throws InputError for such a path. Local.
void require_not_too_deep(const std::string& file, const std::string& path);

/// Throws InputError if the values of a dataset lie in other files (external storage, a virtual dataset). Local.
void require_own_storage(hid_t dataset, const Hdf5Origin& origin);

}  // namespace replearn::io
