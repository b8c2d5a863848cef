#pragma once
#include <string>

namespace replearn::io {

/// Checking of HDF5 files before they are opened.
enum class InputCheck {
  full,  ///< each file is first read in a child process
  none   ///< files are opened without a check
};

/// Applies to all files opened from now on. Local. A process-wide setting, since files are opened in many places;
/// initially `full`.
void set_input_check(InputCheck check);

/// Protects against files on which libhdf5 crashes or loops. A child process opens the file first, traverses all
/// objects, reads all attributes and all variable-length data, visits the chunk indices and reads one element of each
/// dataset, within limits on time and memory. Errors reported by HDF5 itself are left to the reader of that object.
/// Skipped for a file that this process has already checked (same device, inode, size and modification time). Throws
/// InputError naming the object at which the child died. Local; takes about ten milliseconds, growing with the number
/// of objects and strings but not of numeric values.
void preflight(const std::string& path);

}  // namespace replearn::io
