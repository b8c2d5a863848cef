#pragma once
#include <optional>
#include <string>
#include <vector>

#include "app/given_options.hpp"
#include "app/step.hpp"
#include "methods/vae/vae.hpp"

namespace replearn::app {

struct VaeSettings {
  GivenOptions given;
  vae::Options method;
  vae::Preset preset = vae::Preset::replearn;
  std::optional<Index> patience;  ///< epochs; not set: by the length of the training
  std::string matrix = "X";
  std::vector<std::string> feature_types = {"auto"};
  std::vector<std::string> condition;  ///< obs columns
  Index importance_samples = 0;
  std::string reference;        ///< .h5ad with a trained model; empty: train one
  std::string impute, denoise;  ///< layer names; empty: none
  double denoise_library = 1e4;
  Index sample = 0;
  std::string sample_output;  ///< empty: derived from the output
  bool draw_curves = false;
  std::string folder, figure_format = "png";
  /// Throws InputError naming the option.
  void validate() const;
  /// The method's options; a single width of 0 means no hidden layer, and a default training length is adapted to the
  /// size of the data, with early stopping.
  vae::Options checked() const;
  StepResults results() const { return {{}, {{"X_vae", method.latent}}}; }
  void forecast(JobForecast& job) const;  ///< see Step
};
/// Trains a model, or embeds with that of a reference; stores obsm/X_vae, obs/vae_held_out and uns/vae. All ranks.
/// Returns the settings as used. Throws InputError.
VaeSettings vae_step(Workspace& work, const VaeSettings& settings);

}  // namespace replearn::app
