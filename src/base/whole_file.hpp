#pragma once
#include <string>

/// Files that appear under their name only when they are whole: written beside it, flushed, renamed. One process.
namespace replearn {

/// The file that a path stands for once symbolic links are followed, whether it is there or not: what is replaced by a
/// new output. Throws InputError for links that go in circles.
std::string link_target(const std::string& path);

/// Where a file is written until it is whole: beside it (beside what a link points to), hidden, under a name that no
/// other process takes.
std::string temporary_path(const std::string& path);

/// Brings a file to the disk itself, renames it, and brings the folder to the disk too. A link stays, what it points to
/// is replaced. Throws SystemError; also where `path` is a device, a pipe or a folder, which is left as it is.
void commit(const std::string& temporary, const std::string& path);

/// Writes a file as a whole. Throws InputError where none can be made, SystemError if the disk fails.
void write_whole_file(const std::string& path, const std::string& bytes);

/// Removes what killed processes have left of a file there: those of this host (and PID namespace) that no longer run,
/// of others what has not been touched for an hour (one that was only cut off, and comes back, then fails to rename
/// it).
void remove_leftovers(const std::string& path);

/// "node12.3341.5d2ct18f3an4026531836": host, process, when it started, time, PID namespace. For names that no other
/// process may take.
std::string process_name();

}  // namespace replearn
