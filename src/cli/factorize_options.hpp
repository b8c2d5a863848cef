#pragma once
#include <string>

#include "cli/steps.hpp"

namespace replearn::cli {

/// The options of training alone: what a sweep may vary.
OptionSet factorize_training_options(FactorizeSettings& settings);

/// The matrix that is learnt from; `copy` holds it where it is not the workspace's own. All ranks.
const Matrix& matrix_to_learn(Workspace& work, const FactorizeSettings& settings, Matrix& copy);

/// Beside the output, or in --folder: FOLDER/<stem>.<format>, what is no letter or digit becoming _.
std::string picture_path(const Workspace& work, const FactorizeSettings& settings, const std::string& stem);

}  // namespace replearn::cli
