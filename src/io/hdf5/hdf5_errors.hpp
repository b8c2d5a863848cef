#pragma once
#include <string>

#include "io/hdf5/hdf5_handle.hpp"

namespace replearn::io {

/// HDF5's own messages for its last failure, innermost first ("inflate() failed"); "" if none. Must be called directly
/// after the failed call.
std::string hdf5_reason();

/// Reason for a failed write to `file`, to be called directly after the failed HDF5 call: the operating system's
/// message if HDF5 recorded it, else a full disk, else HDF5's own reason.
std::string hdf5_write_reason(const std::string& file);

/// A named object of a file, used to report errors. Local.
struct Hdf5Origin {
  std::string file, object;
  bool writing = false;  ///< the file is one that this program writes

  /// Throws InputError{file, object, what, hint}; SystemError for a file being written.
  [[noreturn]] void refuse(const std::string& what, const std::string& hint) const;
  /// Reason of a failed HDF5 call; must be called directly after it.
  std::string reason() const { return writing ? hdf5_write_reason(file) : hdf5_reason(); }
  /// Like refuse(), with the reason of the HDF5 call that just failed, or with the given reason.
  [[noreturn]] void fail(const std::string& what) const { fail(what, reason()); }
  [[noreturn]] void fail(const std::string& what, const std::string& why) const;
  /// Reports a failed read of `dataset`, naming missing filters and what to install. Must be called directly after it.
  [[noreturn]] void fail_to_read(hid_t dataset) const;
};

/// Reports why H5Fopen failed for `path`: truncated file, lock, newer format, ..., from HDF5's own messages. Must be
/// called directly after it. Throws InputError. Local.
[[noreturn]] void fail_to_open(const std::string& path);

}  // namespace replearn::io
