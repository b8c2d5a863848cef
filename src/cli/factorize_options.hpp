#pragma once
#include "cli/steps.hpp"

namespace replearn::cli {

/// The training options, which a sweep may vary.
OptionSet factorize_training_options(FactorizeSettings& settings);

/// The method's options. With a default training length and small n x m data, other defaults apply, as reported in the
/// log.
factorize::Options options_for_data(const FactorizeSettings& settings, Index n, Index m, const Log& log);

/// The training matrix; `copy` stores it if it differs from the workspace's. All ranks.
const Matrix& matrix_to_learn(const Matrix& given, const FactorizeSettings& settings, Matrix& copy);

}  // namespace replearn::cli
