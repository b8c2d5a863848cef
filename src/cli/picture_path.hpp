#pragma once
#include <string>

#include "cli/workspace.hpp"

namespace replearn::cli {

/// Beside the output, or in `folder` if that is not empty, which is made: FOLDER/<stem>.<format>, what is no letter or
/// digit becoming _.
std::string picture_path(const Workspace& work, const std::string& folder, const std::string& format,
                         const std::string& stem);

/// Throws InputError naming --format if it is none of png, svg and pdf. Local.
void check_picture_format(const std::string& format);

}  // namespace replearn::cli
