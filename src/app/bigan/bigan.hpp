#pragma once
#include "app/given_options.hpp"
#include "app/step.hpp"
#include "methods/bigan/bigan.hpp"

namespace replearn::app {

/// replearn: the defaults; ali: the ALI paper's toy; bigan: the BiGAN paper's permutation-invariant MNIST; steady: a
/// stable setting for ALI's toy; cells: log-normalized expression.
enum class BiganPreset { replearn, ali, bigan, steady, cells };
void apply(BiganPreset preset, bigan::Options& options);

struct BiganSettings {
  GivenOptions given;
  bigan::Options method;
  BiganPreset preset = BiganPreset::replearn;
  std::string matrix = "X";
  std::vector<std::string> feature_types = {"auto"};
  std::string use_rep;  ///< a key of obsm; empty: `matrix`
  std::string labels;   ///< a column of obs; empty: none
  std::string reference;
  Index sample = 0;
  std::string sample_output;
  std::string reconstruct;  ///< a layer; empty: none
  bool draw_curves = false, draw_samples = false;
  Index image_width = 0;
  std::string folder, figure_format = "png";
  /// Throws InputError naming the option.
  void validate() const;
  /// The method's options; a default training length is adapted to the size of the data.
  bigan::Options with_length() const;
  StepResults results() const { return {{}, {{"X_bigan", method.latent}}}; }
  void forecast(JobForecast& job) const;  ///< see Step
};
/// Trains a model, or encodes with that of a reference; stores obsm/X_bigan and uns/bigan. All ranks. Returns the
/// settings as used. Throws InputError.
BiganSettings bigan_step(Workspace& work, const BiganSettings& settings);

}  // namespace replearn::app
