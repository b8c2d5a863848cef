#pragma once
#include <string>

#include "cli/workspace.hpp"

namespace replearn::cli {

/// Beside the output, or in `folder` if that is not empty, which is made: FOLDER/<stem>.<format>, what is no letter or
/// digit becoming _. Throws InputError if that is a file of the job already. All ranks.
std::string picture_path(Workspace& work, const std::string& folder, const std::string& format,
                         const std::string& stem);

/// --folder and --format, of verbs that draw what they have found.
void add_picture_options(OptionSet& set, std::string& folder, std::string& format);

/// Throws InputError naming --format if it is none of png, svg and pdf. Local.
void check_picture_format(const std::string& format);

}  // namespace replearn::cli
