#pragma once
#include <string>

#include "base/forked_child.hpp"

namespace replearn::io {

/// Opens an HDF5 file by this process alone and touches everything in it but the bulk of its numbers, noting the object
/// it is at. Each object is visited once, links to other files are not followed. What is wrong without harm is passed
/// over; what would harm a later read is noted as found. To be run in a child process: it may crash.
void walk_hdf5_file(const std::string& path, ChildNotes& notes);

}  // namespace replearn::io
