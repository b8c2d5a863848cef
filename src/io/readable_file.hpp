#pragma once
#include <string>

namespace replearn::io {

/// Throws InputError unless `path` names a file that can be read: one that is not there, a folder, a device, a pipe or
/// socket (which may never end, or never begin) and one without permission are told apart. Every file that the user
/// names passes here before it is opened. One rank.
void require_readable_file(const std::string& path);

}  // namespace replearn::io
