#pragma once
#include <string>

#include "cli/workspace.hpp"

namespace replearn::cli {

/// Beside the output, or in `folder` if that is not empty, which is made: FOLDER/<stem>.<format>, what is no letter or
/// digit becoming _.
std::string picture_path(const Workspace& work, const std::string& folder, const std::string& format,
                         const std::string& stem);

}  // namespace replearn::cli
