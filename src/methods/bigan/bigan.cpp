#include "methods/bigan/bigan.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "base/error.hpp"
#include "nn/minibatch.hpp"
#include "nn/model_memory.hpp"
#include "nn/trainer.hpp"
#include "numerics/require_finite.hpp"

namespace replearn::bigan {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr Index evaluations = 50;

nn::OptimizerOptions with_rate(nn::OptimizerOptions options, double factor) {
  options.learning_rate *= factor;
  return options;
}

nn::ModelSize size_of(const Options& options, Index rows, Index columns, int ranks) {
  nn::ModelSize size;
  const double pieces = options.unit == Unit::maxout ? static_cast<double>(options.pieces) : 1;
  std::vector<Index> widths = {columns};
  widths.insert(widths.end(), options.hidden.begin(), options.hidden.end());
  widths.push_back(options.latent);
  size.add_layers(widths, pieces);
  size.add_layers({widths.rbegin(), widths.rend()}, pieces);
  widths = {columns + options.latent};
  widths.insert(widths.end(), options.discriminator_hidden.begin(), options.discriminator_hidden.end());
  widths.push_back(1);
  size.add_layers(widths, pieces);
  size.rows_per_batch = 2 * static_cast<double>(std::min(options.batch, rows)) / ranks;
  return size;
}

/// Validated before anything is constructed from them.
const Matrix& checked(const mpi::Communicator& comm, const Matrix& x, const Options& options) {
  options.validate();
  if (partition(x).rows() < 3)
    throw InputError("", "X", "has fewer than 3 rows, too few to learn a distribution", "provide more rows");
  require_finite(comm, x);
  nn::require_memory(comm, size_of(options, rows(x), columns(x), comm.size()), "--hidden");
  return x;
}

}  // namespace

struct State::Implementation {
  Implementation(const mpi::Communicator& ranks, const Matrix& data, const Options& with, const Labels& labels,
                 const Log& to)
      : comm(ranks),
        x(checked(ranks, data, with)),
        options(with),
        log(to),
        game(with, columns(data)),
        batches(ranks, partition(data).count(ranks.rank()), {}, with.batch, with.seed, Purpose::bigan_batches),
        model{game.encoder_generator, find_scaling(ranks, data, with.scaling)},
        shift(shift_row(model.scaling)),
        diagnostics(ranks, data, model.scaling, with.seed, labels.codes, labels.names),
        discriminator(ranks, "discriminator", game.discriminator_weights, nn::Sharding::sharded,
                      with_rate(with.optimizer, with.discriminator_rate)),
        generator(ranks, "encoder_generator", game.encoder_generator.parameters, nn::Sharding::sharded,
                  with.optimizer) {
    batches_per_step = options.discriminator_steps + options.generator_steps - 1;
    const auto steps_of = [&](Index epochs) { return ceil_div(epochs * batches.steps_per_epoch(), batches_per_step); };
    const Index steps =
        options.epochs > 0 ? steps_of(options.epochs) : std::max(options.steps, steps_of(options.min_epochs));
    trainer.emplace(comm, std::vector{&discriminator, &generator}, statistics(), tallies,
                    nn::TrainerOptions{
                        .name = "bigan",
                        .steps = steps,
                        .steps_per_epoch = options.eval_every > 0 ? options.eval_every : ceil_div(steps, evaluations),
                        .schedule = options.schedule,
                        .hint = "use a lower --learning-rate, --penalty both or --warmup 500"},
                    log);
  }

  /// Running statistics of batch normalization in all networks.
  std::vector<std::vector<double>*> statistics() {
    std::vector<std::vector<double>*> all;
    for (auto* network :
         {&game.encoder_generator.encoder, &game.encoder_generator.generator, &model.encoder_generator.encoder,
          &model.encoder_generator.generator, &game.discriminator()}) {
      const auto of_network = network->statistics();
      all.insert(all.end(), of_network.begin(), of_network.end());
    }
    return all;
  }

  const mpi::Communicator& comm;
  const Matrix& x;
  Options options;
  Log log;
  Game<float> game;
  nn::Minibatches batches;
  Model model;  // with averaged weights
  nn::Batch<float> shift;
  Diagnostics diagnostics;
  nn::ParameterGroup discriminator, generator;  // generator: encoder and generator
  std::optional<nn::Trainer> trainer;           // its epochs are the steps between evaluations
  Draws<float> draws;
  Index batches_per_step = 1;

  /// Sums over rows, and their number, since the last evaluation.
  enum Tally {
    discriminator_loss,
    correct_encoder,
    correct_generator,
    discriminator_rows,
    gradient,
    gradient_rows,
    generator_loss,
    generator_rows,
    tallies
  };
  Curves curves;
  Findings findings;
  std::vector<float> average;  // copy for checkpoints

  void draw(Index batch) {
    const auto& rows = batches.at(batch);
    take_rows(x, model.scaling, shift, rows.rows, draws);
    const auto count = static_cast<Index>(rows.rows.size()), q = options.latent;
    draws.z.resize(count, q);
    draws.noise.resize(count, q);
    draws.interpolation.resize(count, 1);
    for (Index i = 0; i < count; ++i) {
      RandomStream stream(options.seed, Purpose::bigan_noise,
                          (static_cast<std::uint64_t>(batch) << 32) + rows.place[i]);
      for (Index k = 0; k < q; ++k) draws.z(i, k) = static_cast<float>(stream.normal());
      for (Index k = 0; k < q; ++k) draws.noise(i, k) = static_cast<float>(stream.normal());
      draws.interpolation(i, 0) = static_cast<float>(stream.uniform());
    }
  }

  void discriminator_gradients(Index n, bool penalize, std::array<double, tallies>& sums) {
    game.discriminator_weights.zero_gradients();
    const auto made = game.discriminator_gradients(
        comm, draws, n, penalize, [&](const nn::Slice& piece) { discriminator.gradient_sum().start(piece); });
    sums[discriminator_loss] = made.loss;
    sums[correct_encoder] = made.correct_encoder;
    sums[correct_generator] = made.correct_generator;
    sums[gradient] = made.gradient;
    discriminator.gradient_sum().wait();
    if (penalize) {
      sums[gradient_rows] = static_cast<double>(draws.rows()) * (options.penalty == Penalty::both ? 2 : 1);
    }
    sums[discriminator_rows] = static_cast<double>(draws.rows());
  }

  void generator_gradients(Index n, std::array<double, tallies>& sums) {
    game.encoder_generator.parameters.zero_gradients();
    sums[generator_loss] = game.generator_gradients(
        comm, draws, n, [&](const nn::Slice& piece) { generator.gradient_sum().start(piece); });
    sums[generator_rows] = static_cast<double>(draws.rows());
    generator.gradient_sum().wait();
  }

  void take_step() {
    const Index step = trainer->step();
    const bool penalize = options.penalty != Penalty::none && step % options.penalty_every == 0;
    for (Index k = 0; k < batches_per_step; ++k) {
      const Index batch = step * batches_per_step + k, n = batches.size(batch);
      std::array<double, tallies> sums{};
      draw(batch);
      game.make_pairs(comm, draws);
      if (k < options.discriminator_steps) {
        discriminator_gradients(n, penalize, sums);
        trainer->update(discriminator);
      }
      if (k >= options.discriminator_steps - 1) {
        generator_gradients(n, sums);
        trainer->update(generator);
        move_average();
      }
      trainer->sums.start(sums);
      trainer->sums.wait();
      trainer->sums.add(sums);
      trainer->require_finite(sums[discriminator_loss] + sums[generator_loss] + sums[gradient]);
    }
  }

  double training_loss() const { return trainer->sums.mean(discriminator_loss, discriminator_rows); }

  /// Exponential moving average of the weights, with a shorter memory during the first few hundred updates. Each rank
  /// keeps the average of its shard; see complete_average.
  void move_average() {
    const auto t = static_cast<double>(generator.updates() - 1);
    const double keep = std::min(options.average, (1 + t) / (10 + t));
    const auto move = [keep](auto& to, const auto& from) {
      using Number = std::remove_cvref_t<decltype(to[0])>;
      const auto share = static_cast<Number>(1 - keep);
#pragma omp simd
      for (std::size_t i = 0; i < to.size(); ++i) to[i] += share * (from[i] - to[i]);
    };
    auto& sum = generator.gradient_sum();
    auto to = sum.shard_of(model.encoder_generator.parameters.values());
    move(to, sum.shard_of(std::as_const(game.encoder_generator.parameters).values()));
    const auto move_norms = [&](Mlp<float>& averaged, const Mlp<float>& last) {
      for (std::size_t k = 0; k < averaged.norms().size(); ++k) {
        move(averaged.norms()[k].running_mean, last.norms()[k].running_mean);
        move(averaged.norms()[k].running_variance, last.norms()[k].running_variance);
      }
    };
    move_norms(model.encoder_generator.encoder, game.encoder_generator.encoder);
    move_norms(model.encoder_generator.generator, game.encoder_generator.generator);
  }

  /// Gathers the whole average on every rank, for evaluation.
  void complete_average() {
    auto values = model.encoder_generator.parameters.values();
    auto& sum = generator.gradient_sum();
    const auto whole = sum.gather_shards(sum.shard_of(std::span<const float>(values)));
    std::copy(whole.begin(), whole.end(), values.begin());
  }

  double end_epoch() {
    complete_average();
    const Evaluation found = diagnostics.evaluate(model);
    const auto& sums = trainer->sums;
    curves.step.push_back(trainer->step());
    curves.discriminator_loss.push_back(training_loss());
    curves.generator_loss.push_back(sums.mean(generator_loss, generator_rows));
    curves.correct_encoder.push_back(sums.mean(correct_encoder, discriminator_rows));
    curves.correct_generator.push_back(sums.mean(correct_generator, discriminator_rows));
    curves.gradient.push_back(sums.mean(gradient, gradient_rows));
    curves.x_error.push_back(found.x_error);
    curves.z_error.push_back(found.z_error);
    curves.mmd.push_back(found.mmd);
    curves.spread.push_back(found.spread);
    curves.coverage.push_back(found.coverage);
    curves.label_coverage.push_back(found.label_coverage);
    std::string labels;
    if (!std::isnan(found.label_coverage))
      labels = fmt::format(", labels reached {:.0f} %", 100 * found.label_coverage);
    log.line(fmt::format("bigan: step {}: losses D {:.4f}, EG {:.4f}; D correct on E {:.0f} %, G {:.0f} %; x-E-G "
                         "{:.3f}, z-G-E {:.3f}; "
                         "MMD2 {:.4f}; sample spread {:.2f}, coverage {:.2f}",
                         trainer->step(), curves.discriminator_loss.back(), curves.generator_loss.back(),
                         100 * curves.correct_encoder.back(), 100 * curves.correct_generator.back(), found.x_error,
                         found.z_error, found.mmd, found.spread, found.coverage) +
             labels);
    find(found);
    if (trainer->done()) {
      for (const auto& warning : findings.warnings) log.warning(warning);
    }
    return nan;
  }

  void find(const Evaluation& found) {
    findings = find_faults(found, curves.correct_encoder.back(), curves.correct_generator.back(),
                           diagnostics.missing_labels());
  }
};

State::State(const mpi::Communicator& comm, const Matrix& x, const Options& options, const Labels& labels,
             const Log& log)
    : self_(std::make_unique<Implementation>(comm, x, options, labels, log)) {}
State::~State() = default;
State::State(State&&) noexcept = default;

void State::run_until(Index step) {
  self_->trainer->run_until(step, *self_);
  std::vector<float>().swap(self_->average);
  self_->complete_average();
}
Index State::step() const {
  return self_->trainer->step();
}
Index State::steps() const {
  return self_->trainer->steps();
}
Index State::steps_per_epoch() const {
  return ceil_div(self_->batches.steps_per_epoch(), self_->batches_per_step);
}
Progress State::progress() const {
  const auto& trainer = *self_->trainer;
  return {"", trainer.step(), trainer.end(), trainer.latest(self_->training_loss())};
}
const Curves& State::curves() const {
  return self_->curves;
}
const Findings& State::findings() const {
  return self_->findings;
}
const Model& State::model() const {
  return self_->model;
}

void State::gradients(std::vector<float>& discriminator, std::vector<float>& encoder_generator) {
  auto& self = *self_;
  const Index batch = self.trainer->step() * self.batches_per_step, n = self.batches.size(batch);
  std::array<double, Implementation::tallies> sums{};
  self.draw(batch);
  self.game.make_pairs(self.comm, self.draws);
  self.discriminator_gradients(n, self.options.penalty != Penalty::none, sums);
  discriminator = self.discriminator.gradient_sum().whole_gradient();
  self.generator_gradients(n, sums);
  encoder_generator = self.generator.gradient_sum().whole_gradient();
}

std::vector<float> State::weights() const {
  const auto discriminator = std::as_const(self_->game.discriminator_weights).values();
  const auto encoder_generator = std::as_const(self_->game.encoder_generator.parameters).values();
  std::vector<float> all(discriminator.begin(), discriminator.end());
  all.insert(all.end(), encoder_generator.begin(), encoder_generator.end());
  return all;
}

NamedArrays State::arrays() {
  auto& self = *self_;
  auto& curves = self.curves;
  const auto average = std::as_const(self.model.encoder_generator.parameters).values();
  self.average.assign(average.begin(), average.end());
  NamedArrays all = self.trainer->arrays();
  all.insert(all.end(), {{"average", &self.average, {}},
                         {"curves/step", &curves.step, {}},
                         {"curves/discriminator_loss", &curves.discriminator_loss, {}},
                         {"curves/generator_loss", &curves.generator_loss, {}},
                         {"curves/right_encoder", &curves.correct_encoder, {}},
                         {"curves/right_generator", &curves.correct_generator, {}},
                         {"curves/gradient", &curves.gradient, {}},
                         {"curves/x_error", &curves.x_error, {}},
                         {"curves/z_error", &curves.z_error, {}},
                         {"curves/mmd", &curves.mmd, {}},
                         {"curves/spread", &curves.spread, {}},
                         {"curves/coverage", &curves.coverage, {}},
                         {"curves/labels", &curves.label_coverage, {}}});
  if (!self.game.spectral.empty()) all.push_back({"spectral", &self.game.spectral.left_vectors(), {}});
  return all;
}

void State::resume() {
  auto& self = *self_;
  self.trainer->resume();
  std::copy(self.average.begin(), self.average.end(), self.model.encoder_generator.parameters.values().begin());
  if (!self.curves.step.empty()) self.find(self.diagnostics.evaluate(self.model));
}

}  // namespace replearn::bigan
