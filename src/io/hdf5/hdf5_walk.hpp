#pragma once
#include <string>

#include "base/forked_child.hpp"

namespace replearn::io {

/// Opens an HDF5 file in this process and touches everything except the bulk of its numeric data, recording the current
/// object. Each object is visited once; links to other files are not followed. Harmless errors are ignored; errors that
/// would affect a later read are recorded. Must be run in a child process, since it may crash.
void walk_hdf5_file(const std::string& path, ChildNotes& notes);

}  // namespace replearn::io
