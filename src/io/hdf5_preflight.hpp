#pragma once
#include <string>

namespace replearn::io {

/// How far HDF5 files are trusted.
enum class InputCheck {
  full,  ///< each is first read in a child process
  none   ///< they are opened as they are
};

/// For all files that this process opens from now on. Local. One setting for the process, as files are opened in many
/// places; at first `full`.
void set_input_check(InputCheck check);

/// Makes sure that libhdf5 survives a file. The library crashes or loops on some damaged files; so a child process
/// opens the file first, walks all objects, reads all attributes and everything of variable length once, visits the
/// chunk indices and reads one element of each dataset, within limits of time and memory. What HDF5 itself reports as
/// an error is left to whoever reads that object. Nothing is done for a file that this process has checked before
/// (device, inode, size and time of change alike).
/// Throws InputError naming the object at which the child died. Local; some ten milliseconds, growing with the number
/// of objects and strings, not of numbers.
void preflight(const std::string& path);

}  // namespace replearn::io
