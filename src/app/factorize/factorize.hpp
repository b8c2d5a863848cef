#pragma once
#include <optional>
#include <string>
#include <vector>

#include "app/given_options.hpp"
#include "app/step.hpp"
#include "methods/factorize/factorize.hpp"

namespace replearn::app {

struct FactorizeSettings {
  GivenOptions given;
  factorize::Options method;
  factorize::Preset preset = factorize::Preset::replearn;
  std::optional<Index> patience;  ///< epochs; not set: by the length of the training
  std::string matrix = "X";
  std::vector<std::string> feature_types = {"auto"};
  bool log1p = false;
  std::string reference;  ///< .h5ad with a trained model; empty: train one
  factorize::FitOptions fit;
  bool impute = false;
  std::string impute_layer = "factorize";
  std::vector<std::string> gene_maps;
  bool draw_curves = false;
  std::string folder, figure_format = "png";
  /// Throws InputError naming the option.
  void validate() const;
  bool allows_missing() const { return method.missing == factorize::Missing::nan; }
  StepResults results() const { return {{}, {{"X_factorize", method.sample_dims}}}; }
  /// The method's options; a default training length is adapted to the size of the data, with early stopping.
  factorize::Options with_length() const;
  void forecast(JobForecast& job) const;  ///< see Step
};
/// Stores obsm/X_factorize, varm/factorize and uns/factorize. All ranks. Returns the settings as
/// used. Throws InputError.
FactorizeSettings factorize_step(Workspace& work, const FactorizeSettings& settings);

/// The method's options. With a default training length and small n x m data, other defaults apply, as reported in the
/// log.
factorize::Options options_for_data(const FactorizeSettings& settings, Index n, Index m, const Log& log);

/// The training matrix; `copy` stores it if it differs from the workspace's. All ranks.
const Matrix& matrix_to_learn(const Matrix& given, const FactorizeSettings& settings, Matrix& copy);

}  // namespace replearn::app
