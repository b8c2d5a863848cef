#pragma once
#include <memory>
#include <string>

#include "io/hdf5/hdf5_errors.hpp"
#include "io/hdf5/hdf5_handle.hpp"

namespace replearn::io {

/// Access property list for opening objects. External links are never followed, since they lead to a file that the user
/// did not name (possibly any file readable by the user). HDF5 calls back before it follows a link, which is recorded
/// here and reported by require_none().
class ExternalLinkGuard {
 public:
  ExternalLinkGuard();
  /// For H5Oopen and similar functions as well as H5Dopen2 (a dataset access list is also a link access list).
  hid_t access() const { return access_.id(); }
  /// Throws InputError if the last call encountered an external link, naming it and the other file. Local.
  void require_none(const Hdf5Origin& origin) const;

 private:
  struct BlockedLink {
    std::string file, object;
  };
  Hdf5Handle access_;
  std::unique_ptr<BlockedLink> blocked_;  // at a fixed address, which HDF5 stores, even if the guard is moved
};

/// Whether a path exceeds the supported nesting depth. Objects are looked up by path at a cost proportional to its
/// length, and HDF5's own traversals use stack space per level.
bool is_too_deep(const std::string& path);
inline constexpr int max_levels = 100;
/// Error message for such a path, which is shortened, and its hint.
inline constexpr char too_deep[] = "is nested more than 100 groups deep",
                      hint_too_deep[] = "remove it from the input first";
std::string beginning_of(const std::string& path);
/// Throws InputError for such a path. Local.
void require_not_too_deep(const std::string& file, const std::string& path);

/// Throws InputError if the values of a dataset lie in other files (external storage, a virtual dataset). Local.
void require_own_storage(hid_t dataset, const Hdf5Origin& origin);

}  // namespace replearn::io
