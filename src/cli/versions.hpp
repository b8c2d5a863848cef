#pragma once
#include <string>

namespace replearn::cli {

/// The text of `--version`: version, commit, build, instruction sets and libraries, one per line. Local.
std::string versions();

}  // namespace replearn::cli
