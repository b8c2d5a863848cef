#pragma once
#include <string>

/// Atomic file replacement: a file is written under a temporary name beside its target, flushed and renamed. One
/// process.
namespace replearn {

/// The target of a path after following symbolic links, whether it exists or not: the file that a new output replaces.
/// Throws InputError for cyclic links.
std::string link_target(const std::string& path);

/// Temporary path of an incomplete file: hidden, beside the target (of a link), with a name unique to this process.
std::string temporary_path(const std::string& path);

/// Flushes a file to disk, renames it, and flushes the folder. A link is kept and its target replaced. Throws
/// SystemError, also if `path` is a device, a pipe or a folder, which is left unchanged.
void commit(const std::string& temporary, const std::string& path);

/// Writes a file atomically. Throws InputError if it cannot be created, SystemError if the disk fails.
void write_whole_file(const std::string& path, const std::string& bytes);

/// Removes temporary files left by killed processes: those of processes of this host (and PID namespace) that no longer
/// run, and those of other hosts not modified for an hour (if such a process is still alive, its rename fails).
void remove_leftovers(const std::string& path);

/// The name of this host.
std::string host_name();

/// "node12.3341.5d2ct18f3an4026531836": host, process, its start time, time, PID namespace. For unique names.
std::string process_name();

}  // namespace replearn
