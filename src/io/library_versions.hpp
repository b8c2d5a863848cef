#pragma once
#include <string>
#include <vector>

namespace replearn::io {

/// Names and versions of the libraries of this module, for `--version`. Local.
std::vector<std::string> library_versions();

}  // namespace replearn::io
