#pragma once
#include <string>

#include "app/workspace.hpp"

namespace replearn::app {

/// FOLDER/<stem>.<format>, with _ for characters other than letters and digits. FOLDER is created if necessary; empty:
/// the folder of the output. Throws InputError if the path is one of the job's files. All ranks.
std::string figure_path(Workspace& work, const std::string& folder, const std::string& format, const std::string& stem);

/// Throws InputError naming --format unless it is png, svg or pdf. Local.
void check_figure_format(const std::string& format);

}  // namespace replearn::app
