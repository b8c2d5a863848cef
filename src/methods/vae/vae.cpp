#include "methods/vae/vae.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"
#include "mpi/sum_in_flight.hpp"
#include "nn/clipping.hpp"
#include "nn/early_stopping.hpp"
#include "nn/minibatch.hpp"
#include "nn/model_memory.hpp"

namespace replearn::vae {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr Index lines_of_log = 20;
constexpr Index min_patience = 45;  // scvi-tools' for early stopping

/// Means over all cells of rows x width numbers, bitwise identical on any number of ranks.
template <class F>
std::vector<double> mean_over_cells(const mpi::Communicator& comm, const Data& data, Index width, F add) {
  const auto& parts = data.parts();
  const Index first = parts.first_block(comm.rank());
  std::vector<double> partials(static_cast<std::size_t>((parts.end_block(comm.rank()) - first) * width), 0.0);
  for (Index i = 0; i < data.local_rows(); ++i) {
    add(i, partials.data() + ((data.first_row() + i) / parts.block_size() - first) * width);
  }
  auto means = mpi::reproducible_sum(comm, partials, width, parts.blocks());
  for (double& mean : means) mean /= static_cast<double>(data.rows());
  return means;
}

}  // namespace

struct State::Implementation {
  Implementation(const mpi::Communicator& ranks, const Matrix& x, const Conditions& conditions,
                 std::vector<Index> levels, const Options& with, const Log& to)
      : comm(ranks),
        options(with),
        log(to),
        data(ranks, x, Shape(with, columns(x), conditions.levels), conditions),
        loss_sum(ranks) {
    const auto held =
        nn::held_out_rows(options.seed, Purpose::vae_held_out, data.first_row(), data.local_rows(), options.holdout);
    for (std::size_t i = 0; i < held.size(); ++i) {
      if (held[i]) held_out.push_back(static_cast<Index>(i));
    }
    held_out_count = mpi::all_reduce(comm, static_cast<Index>(held_out.size()), mpi::Reduction::sum);
    minibatches = nn::Minibatches(comm, data.local_rows(), held, options.batch, options.seed, Purpose::vae_batches);
    const Index least = minibatches.rows() / minibatches.steps_per_epoch();
    if (least < 1 || (options.batch_norm && least < 2)) {
      throw InputError(
          "", "--batch",
          format("%lld training cells leave a step with fewer than 2", static_cast<long long>(minibatches.rows())),
          "use a larger --batch, --no-batch-norm, or more cells");
    }
    model.network = Network<float>(Shape(options, columns(x), conditions.levels));
    model.network.initialize(options.seed);
    model.levels = std::move(levels);
    describe_cells();
    sum.emplace(comm, model.network.parameters, nn::Sharding::sharded);
    optimizer = nn::Optimizer<float>(options.optimizer, sum->mine().size());
    epochs = epochs_of(options, data.rows());
    if (options.epochs == 0) epochs = std::max(epochs, ceil_div(options.min_steps, minibatches.steps_per_epoch()));
    take_default_patience();
    stopping = nn::EarlyStopping(options.patience, 0);
    check_patience();
    steps = epochs * minibatches.steps_per_epoch();
    start_from_data();
  }

  /// Checks that early stopping can take effect.
  void take_default_patience() {
    if (options.patience_steps == 0 || options.patience > 0 || held_out_count == 0 || epochs <= options.kl_warmup)
      return;
    options.patience = std::max(min_patience, ceil_div(options.patience_steps, minibatches.steps_per_epoch()));
  }

  void check_patience() const {
    if (options.patience == 0) return;
    if (held_out_count == 0) {
      throw InputError("", "--patience", "no cell was selected for the held-out set", "use a larger --holdout");
    }
    if (epochs > options.kl_warmup) return;
    throw InputError("", "--patience",
                     format("would have no effect: warm-up takes %lld epochs, training %lld",
                            static_cast<long long>(options.kl_warmup), static_cast<long long>(epochs)),
                     "use a shorter --kl-warmup or more --epochs");
  }

  /// Statistics needed to sample new cells.
  void describe_cells() {
    const auto& conditions = data.conditions();
    model.level_shares = mean_over_cells(comm, data, conditions.levels, [&](Index i, double* sums) {
      for (Index f = 0; f < conditions.factors; ++f) {
        sums[conditions.of_rows[static_cast<std::size_t>(i * conditions.factors + f)]] += 1;
      }
    });
    const auto& library = data.log_library();
    if (model.network.shape.library != Library::observed || !model.network.shape.counts()) return;
    const double mean = mean_over_cells(
        comm, data, 1, [&](Index i, double* sums) { *sums += library[static_cast<std::size_t>(i)]; })[0];
    model.log_library_mean = mean;
    model.log_library_deviation = std::sqrt(mean_over_cells(comm, data, 1, [&](Index i, double* sums) {
      const double difference = library[static_cast<std::size_t>(i)] - mean;
      *sums += difference * difference;
    })[0]);
  }

  /// For a Gaussian, output bias and variance are initialized with those of all entries.
  void start_from_data() {
    if (model.network.shape.likelihood != Likelihood::gaussian) return;
    Cells<float> one;
    const auto moment = [&](double around, bool square) {
      const auto m = static_cast<double>(model.network.shape.genes);
      return mean_over_cells(comm, data, 1, [&](Index i, double* sums) {
        data.take(std::span<const Index>(&i, 1), one);
        const auto values = one.values.row(0).array().cast<double>() - around;
        *sums += (square ? values.square().sum() : values.sum()) / m;
      })[0];
    };
    const double mean = moment(0, false), variance = moment(mean, true);
    auto& parameters = model.network.parameters;
    parameters.matrix(model.network.decoder.dispersion).setConstant(static_cast<float>(std::log(variance + 1e-4)));
    parameters.matrix(model.network.decoder.output_bias()).setConstant(static_cast<float>(mean));
  }

  const mpi::Communicator& comm;
  Options options;
  Log log;
  Data data;
  Model model;
  nn::Minibatches minibatches;
  std::vector<Index> held_out;
  Index held_out_count = 0;
  std::optional<nn::GradientSum<float>> sum;
  mpi::SumInFlight<double> loss_sum;
  nn::Optimizer<float> optimizer;
  nn::EarlyStopping stopping;
  std::vector<float> best_part;  // local shard of the best weights
  std::vector<double> best_statistics;
  Index step = 0, steps = 0, epochs = 0, stopped = 0;
  double epoch_reconstruction = 0, epoch_divergence = 0, epoch_cells = 0;
  Curves curves;

  // Working arrays of a step.
  Cells<float> cells;
  nn::Batch<float> noise;
  ElboGradient<float> elbo;

  // Copies for checkpoints.
  std::vector<float> weights, first_moment, second_moment, best_weights;
  double best_loss = 0;
  Index without_gain = 0;
  std::vector<double> statistics;

  /// Called after a checkpoint has been written or read: releases the copies, of which each rank needs only its shard.
  void forget_arrays() {
    for (auto* all : {&weights, &first_moment, &second_moment, &best_weights}) std::vector<float>().swap(*all);
  }

  double weight_at(Index at) const {
    const Index epoch = at / minibatches.steps_per_epoch();
    if (options.kl_warmup == 0) return options.beta;
    return options.beta * std::min(1.0, static_cast<double>(epoch) / static_cast<double>(options.kl_warmup));
  }

  Bound step_gradients() {
    const auto& mine = minibatches.at(step);
    data.take(mine.rows, cells);
    noise.resize(cells.rows(), options.latent);
    draw_noise(options.seed, Purpose::vae_noise, static_cast<std::uint64_t>(step), cells.row, noise);
    const double scale = 1 / static_cast<double>(minibatches.size(step));
    const Dropout dropout{options.dropout, options.seed, static_cast<std::uint64_t>(step), mine.place};
    Bound bound = elbo.compute(comm, model.network, cells, noise, weight_at(step), scale, dropout, *sum);
    double sums[3] = {bound.reconstruction, bound.divergence, bound.cells};
    loss_sum.start(sums);
    sum->wait();
    loss_sum.wait();
    return {sums[0], sums[1], sums[2]};
  }

  void take_step() {
    const Bound bound = step_gradients();
    if (!std::isfinite(bound.elbo())) diverge();
    epoch_reconstruction += bound.reconstruction;
    epoch_divergence += bound.divergence;
    epoch_cells += bound.cells;
    const double factor = options.clip > 0 ? nn::clipping_factor(std::sqrt(sum->squared_norm()), options.clip) : 1;
    optimizer.step(sum->my_values(), sum->my_gradients(), 1, factor);
    sum->publish();
    ++step;
  }

  void end_epoch() {
    Bound held{nan, nan, 1};
    if (held_out_count > 0) {
      held = evaluate(comm, model.network, data, held_out, options.seed);
      if (!std::isfinite(held.elbo())) diverge();
    }
    curves.step.push_back(step);
    curves.reconstruction.push_back(epoch_reconstruction / epoch_cells);
    curves.divergence.push_back(epoch_divergence / epoch_cells);
    curves.weight.push_back(weight_at(step - 1));
    curves.held_out_reconstruction.push_back(held.reconstruction / held.cells);
    curves.held_out_divergence.push_back(held.divergence / held.cells);
    epoch_reconstruction = epoch_divergence = epoch_cells = 0;
    const auto epoch = static_cast<Index>(curves.step.size());
    if (epoch % std::max<Index>(1, epochs / lines_of_log) == 0 || epoch == epochs) {
      log.line(format("vae: epoch %lld: reconstruction %.4f, KL %.4f (weight %.3g); held-out ELBO %.4f",
                      static_cast<long long>(epoch), curves.reconstruction.back(), curves.divergence.back(),
                      curves.weight.back(), held.elbo()));
    }
    if (options.patience > 0 && epoch > options.kl_warmup) stop_if_no_better(-held.elbo());
  }

  void stop_if_no_better(double loss) {
    if (stopping.is_best(loss)) {
      const auto values = sum->my_values();
      best_part.assign(values.begin(), values.end());
      best_statistics = model.network.running_statistics();
    }
    if (!stopping.should_stop() && step < steps) return;
    if (step < steps) {
      log.line(format("vae: stopped after epoch %zu, the held-out ELBO has not risen for %lld epochs",
                      curves.step.size(), static_cast<long long>(options.patience)));
      stopped = 1;
    }
    if (stopping.without_gain() == 0) return;
    std::copy(best_part.begin(), best_part.end(), sum->my_values().begin());
    sum->publish();
    model.network.set_running_statistics(best_statistics);
  }

  [[noreturn]] void diverge() const {
    throw InputError("", "--learning-rate",
                     format("the loss is no longer finite at step %lld", static_cast<long long>(step)),
                     "use a lower --learning-rate or --clip 100");
  }
};

namespace {

nn::ModelSize size_of(const Options& options, Index rows, Index columns, int ranks) {
  nn::ModelSize size;
  std::vector<Index> widths = {columns};
  widths.insert(widths.end(), options.encoder.begin(), options.encoder.end());
  widths.push_back(2 * options.latent);
  size.add_layers(widths);
  widths = {options.latent};
  widths.insert(widths.end(), options.decoder.begin(), options.decoder.end());
  widths.push_back(options.likelihood == Likelihood::zero_inflated ? 2 * columns : columns);
  size.add_layers(widths);
  size.rows_per_batch = static_cast<double>(std::min(options.batch, rows)) / ranks;
  return size;
}

}  // namespace

State::State(const mpi::Communicator& comm, const Matrix& x, const Conditions& conditions, std::vector<Index> levels,
             const Options& options, const Log& log) {
  options.validate();
  nn::require_memory(comm, size_of(options, rows(x), columns(x), comm.size()), "--encoder, --decoder, --latent");
  self_ = std::make_unique<Implementation>(comm, x, conditions, std::move(levels), options, log);
}
State::~State() = default;
State::State(State&&) noexcept = default;

void State::run_until(Index step) {
  auto& self = *self_;
  self.forget_arrays();
  while (!done() && self.step < step) {
    self.take_step();
    if (self.step % self.minibatches.steps_per_epoch() == 0) self.end_epoch();
  }
}

Index State::step() const {
  return self_->step;
}
Index State::steps() const {
  return self_->steps;
}
bool State::done() const {
  return self_->step >= self_->steps || self_->stopped != 0;
}
Index State::steps_per_epoch() const {
  return self_->minibatches.steps_per_epoch();
}
Options State::used_options() const {
  Options used = self_->options;
  used.epochs = self_->epochs;
  return used;
}

Progress State::progress() const {
  const auto& self = *self_;
  const auto& curves = self.curves;
  double loss = nan;
  if (self.epoch_cells > 0) {
    loss = (self.epoch_reconstruction + self.weight_at(self.step - 1) * self.epoch_divergence) / self.epoch_cells;
  } else if (!curves.step.empty()) {
    loss = curves.reconstruction.back() + curves.weight.back() * curves.divergence.back();
  }
  return {"", self.step, self.stopped ? self.step : self.steps, loss};
}

const Curves& State::curves() const {
  return self_->curves;
}
const Model& State::model() const {
  return self_->model;
}
const Data& State::data() const {
  return self_->data;
}
const std::vector<Index>& State::held_out() const {
  return self_->held_out;
}
Index State::held_out_count() const {
  return self_->held_out_count;
}

Bound State::gradients(std::vector<float>& all) {
  const Bound bound = self_->step_gradients();
  all = self_->sum->whole_gradient();
  return bound;
}

NamedArrays State::arrays() {
  auto& self = *self_;
  auto& curves = self.curves;
  const auto values = std::as_const(self.model.network.parameters).values();
  self.weights.assign(values.begin(), values.end());
  self.statistics = self.model.network.running_statistics();
  NamedArrays all = {{"step", &self.step, {}},
                     {"epoch/reconstruction", &self.epoch_reconstruction, {}},
                     {"epoch/divergence", &self.epoch_divergence, {}},
                     {"epoch/cells", &self.epoch_cells, {}},
                     {"weights", &self.weights, {}},
                     {"statistics", &self.statistics, {}},
                     {"curves/step", &curves.step, {}},
                     {"curves/reconstruction", &curves.reconstruction, {}},
                     {"curves/divergence", &curves.divergence, {}},
                     {"curves/weight", &curves.weight, {}},
                     {"curves/held_out_reconstruction", &curves.held_out_reconstruction, {}},
                     {"curves/held_out_divergence", &curves.held_out_divergence, {}}};
  self.first_moment = self.sum->whole(self.optimizer.first_moment());
  self.second_moment = self.sum->whole(self.optimizer.second_moment());
  if (!self.first_moment.empty()) all.push_back({"optimizer/first", &self.first_moment, {}});
  if (!self.second_moment.empty()) all.push_back({"optimizer/second", &self.second_moment, {}});
  if (self.options.patience > 0) {
    self.best_weights = self.sum->whole(self.best_part);
    self.best_loss = self.stopping.best(), self.without_gain = self.stopping.without_gain();
    all.push_back({"best/loss", &self.best_loss, {}});
    all.push_back({"best/epochs_since", &self.without_gain, {}});
    all.push_back({"best/weights", &self.best_weights, {}});
    all.push_back({"best/statistics", &self.best_statistics, {}});
    all.push_back({"stopped", &self.stopped, {}});
  }
  return all;
}

void State::resume() {
  auto& self = *self_;
  auto& network = self.model.network;
  std::copy(self.weights.begin(), self.weights.end(), network.parameters.values().begin());
  network.set_running_statistics(self.statistics);
  self.sum->take_mine(self.first_moment, self.optimizer.first_moment());
  self.sum->take_mine(self.second_moment, self.optimizer.second_moment());
  self.sum->publish();
  self.optimizer.set_steps(self.step);
  if (self.options.patience == 0) return;
  self.sum->take_mine(self.best_weights, self.best_part);
  self.stopping.restore(self.best_loss, self.without_gain);
}

}  // namespace replearn::vae
