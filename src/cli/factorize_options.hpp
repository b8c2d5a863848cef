#pragma once
#include "cli/steps.hpp"

namespace replearn::cli {

/// The options of training alone: what a sweep may vary.
OptionSet factorize_training_options(FactorizeSettings& settings);

/// The method's options; of small n x m data whose length nobody asked for, with defaults for that, which the log
/// tells.
factorize::Options options_for_data(const FactorizeSettings& settings, Index n, Index m, const Log& log);

/// The matrix that is learned from; `copy` holds it where it is not the workspace's own. All ranks.
const Matrix& matrix_to_learn(const Matrix& given, const FactorizeSettings& settings, Matrix& copy);

}  // namespace replearn::cli
