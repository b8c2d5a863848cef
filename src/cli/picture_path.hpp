#pragma once
#include <string>

#include "cli/workspace.hpp"

namespace replearn::cli {

/// FOLDER/<stem>.<format>, with _ for characters other than letters and digits. FOLDER is created if necessary; empty:
/// the folder of the output. Throws InputError if the path is one of the job's files. All ranks.
std::string picture_path(Workspace& work, const std::string& folder, const std::string& format,
                         const std::string& stem);

/// Declares --folder and --format of verbs that draw their results.
void add_picture_options(OptionSet& set, std::string& folder, std::string& format);

/// Throws InputError naming --format unless it is png, svg or pdf. Local.
void check_picture_format(const std::string& format);

}  // namespace replearn::cli
