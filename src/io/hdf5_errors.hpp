#pragma once
#include <string>

#include "io/hdf5_handle.hpp"

namespace replearn::io {

/// What HDF5 itself said of its last failure, innermost reason first: "inflate() failed"; "" if it said nothing. To be
/// called directly after the call that failed.
std::string hdf5_reason();

/// Right after an HDF5 call that failed to write `file`: what the operating system said (HDF5 keeps it in its
/// messages), else that the disk is full if it is, else HDF5's own reason.
std::string hdf5_write_reason(const std::string& file);

/// A named object of a file, and how failures there are told. Local.
struct Hdf5Origin {
  std::string file, object;
  bool writing = false;  ///< the file is one that this program writes

  /// Throws InputError{file, object, what, mend}; for a file being written a SystemError.
  [[noreturn]] void refuse(const std::string& what, const std::string& hint) const;
  /// Right after an HDF5 call that failed, before any other: why.
  std::string reason() const { return writing ? hdf5_write_reason(file) : hdf5_reason(); }
  /// Right after an HDF5 call that failed: the same with the reason; or with that of a call which failed before.
  [[noreturn]] void fail(const std::string& what) const { fail(what, reason()); }
  [[noreturn]] void fail(const std::string& what, const std::string& why) const;
  /// Right after a read of `dataset` that failed: names filters that are not installed, and what to install.
  [[noreturn]] void fail_to_read(hid_t dataset) const;
};

/// Right after H5Fopen refused `path` for reading: tells a truncated file, a lock, a newer format, ... by HDF5's own
/// reason. Throws InputError. Local.
[[noreturn]] void fail_to_open(const std::string& path);

}  // namespace replearn::io
