#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "app/factorize/factorize.hpp"
#include "app/figure_path.hpp"
#include "app/layer_name.hpp"
#include "base/error.hpp"

namespace replearn::app {
namespace {

void take_logarithms(Matrix& x) {
  const auto log1p = [](float& value) { value = std::log1p(value); };
  if (auto* dense = std::get_if<DistributedMatrix>(&x))
    std::for_each(dense->local.data(), dense->local.data() + dense->local.size(), log1p);
  else
    std::for_each(std::get<SparseRows>(x).values.begin(), std::get<SparseRows>(x).values.end(), log1p);
}

}  // namespace

void FactorizeSettings::validate() const {
  with_length().validate();
  fit.validate();
  check_layer_name("--impute-layer", impute_layer);
  if (impute_layer.empty()) throw InputError("", "--impute-layer", "is empty", "choose a plain word");
  check_figure_format(figure_format);
}

factorize::Options FactorizeSettings::with_length() const {
  factorize::Options options = method;
  options.patience = patience.value_or(0);
  const bool is_asked_for = given.contains("epochs") || given.contains("steps");
  if (is_asked_for || preset != factorize::Preset::replearn) return options;
  options.min_steps = 10'000;
  if (!patience) options.patience_steps = 1'000;
  return options;
}

factorize::Options options_for_data(const FactorizeSettings& settings, Index n, Index m, const Log& log) {
  factorize::Options options = settings.with_length();
  // Blocks of 100 x 100 give thousands of steps per epoch on large data. On small data as many steps would take
  // hundreds of epochs; small blocks, with a matching learning rate and initialization, reach the same loss in a
  // tenth of the time.
  constexpr Index small = 10'000'000;
  const bool is_common = options.loss == factorize::Loss::mse && options.batch == factorize::BatchKind::block;
  if (options.min_steps == 0 || !is_common || n * m >= small) return options;
  const auto is_default = [&](const char* option) { return !settings.given.contains(option); };
  if (is_default("batch-samples")) options.batch_samples = 32;
  if (is_default("batch-genes")) options.batch_genes = 32;
  if (is_default("initializer")) options.initializer = nn::Initializer::he_normal;
  if (is_default("learning-rate") && is_default("optimizer")) options.optimizer.learning_rate = 1e-2;
  if (is_default("schedule")) options.schedule.kind = nn::Schedule::cosine;
  log.line(
      fmt::format("factorize: {} x {} is small; using blocks of {} x {}, learning rate {:g}, at least 10,000 steps", n,
                  m, options.batch_samples, options.batch_genes, options.optimizer.learning_rate));
  return options;
}

const Matrix& matrix_to_learn(const Matrix& given, const FactorizeSettings& settings, Matrix& copy) {
  if (!settings.log1p) return given;
  copy = given;
  take_logarithms(copy);
  return copy;
}

}  // namespace replearn::app
