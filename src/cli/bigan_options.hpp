#pragma once
#include "cli/option_set.hpp"
#include "cli/workspace.hpp"
#include "methods/bigan/bigan.hpp"

namespace replearn::cli {

/// own: the defaults; ali: the ALI paper's toy; bigan: the BiGAN paper's permutation-invariant MNIST; steady: a stable
/// setting for ALI's toy; cells: log-normalized expression.
enum class BiganPreset { own, ali, bigan, steady, cells };
void apply(BiganPreset preset, bigan::Options& options);

struct BiganSettings {
  GivenOptions given;
  bigan::Options method;
  BiganPreset preset = BiganPreset::own;
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
  std::string folder, picture_format = "png";
  /// Throws InputError naming the option.
  void validate() const;
  /// The method's options; a default training length is adapted to the size of the data.
  bigan::Options with_length() const;
};
OptionSet bigan_options(BiganSettings& settings);
void bigan_step(Workspace& work, const BiganSettings& settings);

}  // namespace replearn::cli
