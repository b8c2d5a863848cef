#include "methods/bigan/bigan.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "nn/gradient_sum.hpp"
#include "nn/model_memory.hpp"
#include "numerics/require_finite.hpp"

namespace replearn::bigan {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr Index evaluations = 50;

nn::OptimizerOptions with_rate(nn::OptimizerOptions options, double factor) {
  options.learning_rate *= factor;
  return options;
}

/// Moments of an optimizer: as long as the weights, or empty.
struct Moments {
  std::vector<float> first, second;
};

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
        discriminator_gradient_sum(ranks, game.discriminator_weights, nn::Sharding::sharded),
        generator_gradient_sum(ranks, game.encoder_generator.parameters, nn::Sharding::sharded),
        discriminator_optimizer(with_rate(with.optimizer, with.discriminator_rate),
                                discriminator_gradient_sum.mine().size()),
        generator_optimizer(with.optimizer, generator_gradient_sum.mine().size()),
        number_sum(ranks) {
    batches_per_step = options.discriminator_steps + options.generator_steps - 1;
    const auto steps_of = [&](Index epochs) { return ceil_div(epochs * batches.steps_per_epoch(), batches_per_step); };
    steps = options.epochs > 0 ? steps_of(options.epochs) : std::max(options.steps, steps_of(options.min_epochs));
    eval_every = options.eval_every > 0 ? options.eval_every : ceil_div(steps, evaluations);
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
  nn::GradientSum<float> discriminator_gradient_sum, generator_gradient_sum;
  nn::Optimizer<float> discriminator_optimizer, generator_optimizer;
  mpi::SumInFlight<double> number_sum;
  Draws<float> draws;
  Index batches_per_step = 1, steps = 0, eval_every = 1, step = 0, generator_updates = 0;

  /// Sums over rows, and their number, since the last evaluation.
  enum Tally {
    discriminator_loss,
    right_encoder,
    right_generator,
    discriminator_rows,
    gradient,
    gradient_rows,
    generator_loss,
    generator_rows,
    tallies
  };
  std::vector<double> tally = std::vector<double>(tallies, 0.0);
  Curves curves;
  Findings findings;

  // Copies for checkpoints.
  std::vector<float> discriminator_values, generator_values, average_values;
  Moments discriminator_moments, generator_moments;

  /// Called after a checkpoint has been written or read: releases the copies, of which each rank needs only its shard.
  void forget_arrays() {
    for (auto* all : {&discriminator_values, &generator_values, &average_values}) std::vector<float>().swap(*all);
    discriminator_moments = {}, generator_moments = {};
  }

  void draw(Index batch) {
    const auto& rows = batches.at(batch);
    take_rows(x, model.scaling, shift, rows.rows, draws);
    const auto count = static_cast<Index>(rows.rows.size()), q = options.latent;
    draws.z.resize(count, q);
    draws.noise.resize(count, q);
    draws.between.resize(count, 1);
    for (Index i = 0; i < count; ++i) {
      RandomStream stream(options.seed, Purpose::bigan_noise,
                          (static_cast<std::uint64_t>(batch) << 32) + rows.place[static_cast<std::size_t>(i)]);
      for (Index k = 0; k < q; ++k) draws.z(i, k) = static_cast<float>(stream.normal());
      for (Index k = 0; k < q; ++k) draws.noise(i, k) = static_cast<float>(stream.normal());
      draws.between(i, 0) = static_cast<float>(stream.uniform());
    }
  }

  void discriminator_gradients(Index n, bool penalize, std::array<double, tallies>& sums) {
    game.discriminator_weights.zero_gradients();
    const auto made = game.discriminator_gradients(
        comm, draws, n, penalize, [&](const nn::Slice& piece) { discriminator_gradient_sum.start(piece); });
    sums[discriminator_loss] = made.loss;
    sums[right_encoder] = made.right_encoder;
    sums[right_generator] = made.right_generator;
    sums[gradient] = made.gradient;
    discriminator_gradient_sum.wait();
    if (penalize) {
      sums[gradient_rows] = static_cast<double>(draws.rows()) * (options.penalty == Penalty::both ? 2 : 1);
    }
    sums[discriminator_rows] = static_cast<double>(draws.rows());
  }

  void generator_gradients(Index n, std::array<double, tallies>& sums) {
    game.encoder_generator.parameters.zero_gradients();
    sums[generator_loss] =
        game.generator_gradients(comm, draws, n, [&](const nn::Slice& piece) { generator_gradient_sum.start(piece); });
    sums[generator_rows] = static_cast<double>(draws.rows());
    generator_gradient_sum.wait();
  }

  void take_step() {
    const double rate = nn::rate_factor(options.schedule, step, steps);
    const bool penalize = options.penalty != Penalty::none && step % options.penalty_every == 0;
    for (Index k = 0; k < batches_per_step; ++k) {
      const Index batch = step * batches_per_step + k, n = batches.size(batch);
      std::array<double, tallies> sums{};
      draw(batch);
      game.make_pairs(comm, draws);
      if (k < options.discriminator_steps) {
        discriminator_gradients(n, penalize, sums);
        discriminator_optimizer.step(discriminator_gradient_sum.my_values(), discriminator_gradient_sum.my_gradients(),
                                     rate);
        discriminator_gradient_sum.publish();
      }
      if (k >= options.discriminator_steps - 1) {
        generator_gradients(n, sums);
        generator_optimizer.step(generator_gradient_sum.my_values(), generator_gradient_sum.my_gradients(), rate);
        generator_gradient_sum.publish();
        move_average();
      }
      number_sum.start({sums.data(), sums.size()});
      number_sum.wait();
      for (std::size_t t = 0; t < tallies; ++t) tally[t] += sums[t];
      if (!std::isfinite(sums[discriminator_loss] + sums[generator_loss] + sums[gradient])) diverge();
    }
    ++step;
  }

  /// Exponential moving average of the weights, with a shorter memory during the first few hundred updates. Each rank
  /// keeps the average of its shard; see complete_average.
  void move_average() {
    const auto t = static_cast<double>(generator_updates++);
    const double keep = std::min(options.average, (1 + t) / (10 + t));
    const auto move = [keep](auto& to, const auto& from) {
      using Number = std::remove_cvref_t<decltype(to[0])>;
      const auto share = static_cast<Number>(1 - keep);
#pragma omp simd
      for (std::size_t i = 0; i < to.size(); ++i) to[i] += share * (from[i] - to[i]);
    };
    auto to = generator_gradient_sum.mine_of(model.encoder_generator.parameters.values());
    move(to, generator_gradient_sum.mine_of(std::as_const(game.encoder_generator.parameters).values()));
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
    const auto whole = generator_gradient_sum.whole(generator_gradient_sum.mine_of(std::span<const float>(values)));
    std::copy(whole.begin(), whole.end(), values.begin());
  }

  double mean(Tally sum, Tally rows) const {
    return tally[rows] > 0 ? tally[sum] / tally[rows] : nan;
  }

  void evaluate() {
    complete_average();
    const Evaluation found = diagnostics.evaluate(model);
    curves.step.push_back(step);
    curves.discriminator_loss.push_back(mean(discriminator_loss, discriminator_rows));
    curves.generator_loss.push_back(mean(generator_loss, generator_rows));
    curves.right_encoder.push_back(mean(right_encoder, discriminator_rows));
    curves.right_generator.push_back(mean(right_generator, discriminator_rows));
    curves.gradient.push_back(mean(gradient, gradient_rows));
    curves.x_error.push_back(found.x_error);
    curves.z_error.push_back(found.z_error);
    curves.mmd.push_back(found.mmd);
    curves.spread.push_back(found.spread);
    curves.coverage.push_back(found.coverage);
    curves.labels.push_back(found.labels);
    std::fill(tally.begin(), tally.end(), 0.0);
    std::string labels;
    if (!std::isnan(found.labels)) labels = format(", labels reached %.0f %%", 100 * found.labels);
    log.line(
        format("bigan: step %lld: losses D %.4f, EG %.4f; D correct on E %.0f %%, G %.0f %%; x-E-G %.3f, z-G-E %.3f; "
               "MMD2 %.4f; sample spread %.2f, coverage %.2f",
               static_cast<long long>(step), curves.discriminator_loss.back(), curves.generator_loss.back(),
               100 * curves.right_encoder.back(), 100 * curves.right_generator.back(), found.x_error, found.z_error,
               found.mmd, found.spread, found.coverage) +
        labels);
    findings =
        find_faults(found, curves.right_encoder.back(), curves.right_generator.back(), diagnostics.missing_labels());
    if (step < steps) return;
    for (const auto& warning : findings.warnings) log.warning(warning);
  }

  void find(const Evaluation& found) {
    findings =
        find_faults(found, curves.right_encoder.back(), curves.right_generator.back(), diagnostics.missing_labels());
  }

  [[noreturn]] void diverge() const {
    throw InputError("", "--learning-rate",
                     format("the loss is no longer finite at step %lld", static_cast<long long>(step)),
                     "use a lower --learning-rate, --penalty both or --warmup 500");
  }
};

State::State(const mpi::Communicator& comm, const Matrix& x, const Options& options, const Labels& labels,
             const Log& log)
    : self_(std::make_unique<Implementation>(comm, x, options, labels, log)) {}
State::~State() = default;
State::State(State&&) noexcept = default;

void State::run_until(Index step) {
  auto& self = *self_;
  self.forget_arrays();
  while (self.step < std::min(step, self.steps)) {
    self.take_step();
    if (self.step % self.eval_every == 0 || self.step == self.steps) self.evaluate();
  }
  self.complete_average();
}

Index State::step() const {
  return self_->step;
}
Index State::steps() const {
  return self_->steps;
}
Index State::steps_per_epoch() const {
  return ceil_div(self_->batches.steps_per_epoch(), self_->batches_per_step);
}
Progress State::progress() const {
  double loss = self_->mean(Implementation::discriminator_loss, Implementation::discriminator_rows);
  if (std::isnan(loss) && !self_->curves.discriminator_loss.empty()) loss = self_->curves.discriminator_loss.back();
  return {"", self_->step, self_->steps, loss};
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
  const Index batch = self.step * self.batches_per_step, n = self.batches.size(batch);
  std::array<double, Implementation::tallies> sums{};
  self.draw(batch);
  self.game.make_pairs(self.comm, self.draws);
  self.discriminator_gradients(n, self.options.penalty != Penalty::none, sums);
  discriminator = self.discriminator_gradient_sum.whole_gradient();
  self.generator_gradients(n, sums);
  encoder_generator = self.generator_gradient_sum.whole_gradient();
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
  const auto copy = [](const nn::Parameters<float>& from, std::vector<float>& to) {
    to.assign(from.values().begin(), from.values().end());
  };
  copy(self.game.discriminator_weights, self.discriminator_values);
  copy(self.game.encoder_generator.parameters, self.generator_values);
  copy(self.model.encoder_generator.parameters, self.average_values);
  NamedArrays all = {{"step", &self.step, {}},
                     {"updates", &self.generator_updates, {}},
                     {"tally", &self.tally, {}},
                     {"weights/discriminator", &self.discriminator_values, {}},
                     {"weights/encoder_generator", &self.generator_values, {}},
                     {"weights/average", &self.average_values, {}},
                     {"curves/step", &curves.step, {}},
                     {"curves/discriminator_loss", &curves.discriminator_loss, {}},
                     {"curves/generator_loss", &curves.generator_loss, {}},
                     {"curves/right_encoder", &curves.right_encoder, {}},
                     {"curves/right_generator", &curves.right_generator, {}},
                     {"curves/gradient", &curves.gradient, {}},
                     {"curves/x_error", &curves.x_error, {}},
                     {"curves/z_error", &curves.z_error, {}},
                     {"curves/mmd", &curves.mmd, {}},
                     {"curves/spread", &curves.spread, {}},
                     {"curves/coverage", &curves.coverage, {}},
                     {"curves/labels", &curves.labels, {}}};
  const auto add_rule = [&](const std::string& of, const nn::GradientSum<float>& sum, const nn::Optimizer<float>& rule,
                            Moments& moments) {
    moments = {sum.whole(rule.first_moment()), sum.whole(rule.second_moment())};
    if (!moments.first.empty()) all.push_back({"optimizer/first/" + of, &moments.first, {}});
    if (!moments.second.empty()) all.push_back({"optimizer/second/" + of, &moments.second, {}});
  };
  add_rule("discriminator", self.discriminator_gradient_sum, self.discriminator_optimizer, self.discriminator_moments);
  add_rule("encoder_generator", self.generator_gradient_sum, self.generator_optimizer, self.generator_moments);
  const auto add_norms = [&](const std::string& of, Mlp<float>& network) {
    for (std::size_t k = 0; k < network.norms().size(); ++k) {
      const std::string name = "norms/" + of + "/" + std::to_string(k);
      all.push_back({name + "/mean", &network.norms()[k].running_mean, {}});
      all.push_back({name + "/variance", &network.norms()[k].running_variance, {}});
    }
  };
  add_norms("encoder", self.game.encoder_generator.encoder);
  add_norms("generator", self.game.encoder_generator.generator);
  add_norms("average_encoder", self.model.encoder_generator.encoder);
  add_norms("average_generator", self.model.encoder_generator.generator);
  add_norms("discriminator", self.game.discriminator());
  if (!self.game.spectral.empty()) all.push_back({"spectral", &self.game.spectral.left_vectors(), {}});
  return all;
}

void State::resume() {
  auto& self = *self_;
  const auto put = [](const std::vector<float>& from, nn::Parameters<float>& to) {
    std::copy(from.begin(), from.end(), to.values().begin());
  };
  put(self.discriminator_values, self.game.discriminator_weights);
  put(self.generator_values, self.game.encoder_generator.parameters);
  put(self.average_values, self.model.encoder_generator.parameters);
  const auto put_rule = [](const Moments& from, nn::GradientSum<float>& sum, nn::Optimizer<float>& rule) {
    sum.take_mine(from.first, rule.first_moment());
    sum.take_mine(from.second, rule.second_moment());
    sum.publish();
  };
  put_rule(self.discriminator_moments, self.discriminator_gradient_sum, self.discriminator_optimizer);
  put_rule(self.generator_moments, self.generator_gradient_sum, self.generator_optimizer);
  self.generator_optimizer.set_steps(self.generator_updates);
  self.discriminator_optimizer.set_steps(self.step * self.options.discriminator_steps);
  if (!self.curves.step.empty()) self.find(self.diagnostics.evaluate(self.model));
}

}  // namespace replearn::bigan
