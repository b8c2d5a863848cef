#include "app/bigan/bigan.hpp"
#include "app/figure_path.hpp"
#include "app/layer_name.hpp"
#include "base/error.hpp"

namespace replearn::app {

using bigan::Unit;

void apply(BiganPreset preset, bigan::Options& o) {
  const bigan::Options defaults;
  o = defaults;
  switch (preset) {
    case BiganPreset::replearn:
      return;
    case BiganPreset::ali:
      o.latent = 2;
      o.hidden = {400, 400};
      o.discriminator_hidden = {200, 200};
      o.unit = Unit::relu, o.discriminator_unit = Unit::maxout;
      o.pieces = 5;
      o.optimizer.learning_rate = 1e-4, o.optimizer.beta1 = 0.8;
      o.initializer = nn::Initializer::normal, o.initial_scale = 0.02;
      o.batch = 100;
      o.epochs = 200;
      o.average = 0;
      return;
    case BiganPreset::steady:
      // Deep networks with large initial weights, since G has to jump between modes; no batch normalization. The README
      // of methods/bigan quantifies each choice.
      o.latent = 2;
      o.hidden = {128, 128, 128, 128};
      o.discriminator_hidden = {200, 200, 200};
      o.unit = Unit::relu;
      o.batch_norm = false;
      o.initializer = nn::Initializer::he_normal;
      o.penalty = bigan::Penalty::both, o.penalty_weight = 0.03;
      o.optimizer.learning_rate = 2e-3, o.optimizer.beta1 = 0, o.optimizer.beta2 = 0.99;
      o.schedule = {nn::Schedule::linear, 0, 0.01};
      o.batch = 300;
      o.steps = 16000;
      return;
    case BiganPreset::cells:
      o.penalty = bigan::Penalty::both;
      o.cycle_weight = 100;
      o.optimizer.learning_rate = 1e-3;
      o.steps = 4000;
      return;
    case BiganPreset::bigan:
      o.latent = 50;
      o.hidden = {1024, 1024};
      o.discriminator_hidden = {1024, 1024};
      o.encoder = bigan::EncoderKind::deterministic;
      o.discriminator_batch_norm = true;
      o.optimizer.learning_rate = 2e-4, o.optimizer.beta1 = 0.5, o.optimizer.weight_decay = 2.5e-5;
      o.initializer = nn::Initializer::normal, o.initial_scale = 0.02;
      o.scaling = bigan::Scaling::minmax, o.output = bigan::OutputForm::sigmoid;
      o.epochs = 400;
      o.schedule = {nn::Schedule::linear, 0, 0};
      o.average = 0;
      return;
  }
}

bigan::Options BiganSettings::with_length() const {
  bigan::Options options = method;
  const bool is_asked_for = given.contains("steps") || given.contains("epochs");
  if (!is_asked_for && preset == BiganPreset::replearn) options.min_epochs = 10;
  return options;
}

void BiganSettings::validate() const {
  method.validate();
  require(sample >= 0, "--sample", "must not be negative", "0: no samples");
  require(sample > 0 || sample_output.empty(), "--sample-output", "names a file, but no samples are requested",
          "set their number with --sample");
  require(image_width >= 0, "--image-width", "must not be negative", "0: rows are not images");
  check_layer_name("--reconstruct", reconstruct);
  require(reconstruct.empty() || use_rep.empty(), "--reconstruct",
          "needs a matrix: the columns of an obsm array are not genes", "omit --reconstruct or --use-rep");
  check_figure_format(figure_format);
}

}  // namespace replearn::app
