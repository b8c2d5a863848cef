#pragma once
#include <string>

namespace replearn::io {

/// Throws InputError unless `path` is a readable file, distinguishing a missing file, a folder, a device, a pipe or
/// socket (which may block or never end), and missing permission. Every file named by the user is checked here before
/// it is opened. One rank.
void require_readable_file(const std::string& path);

}  // namespace replearn::io
