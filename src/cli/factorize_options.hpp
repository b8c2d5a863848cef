#pragma once
#include <string>

#include "cli/steps.hpp"

namespace replearn::cli {

/// Beside the output, or in --folder: FOLDER/<stem>.<format>, what is no letter or digit becoming _.
std::string picture_path(const Workspace& work, const FactorizeSettings& settings, const std::string& stem);

}  // namespace replearn::cli
