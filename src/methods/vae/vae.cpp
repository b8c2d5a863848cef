#include "methods/vae/vae.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "nn/minibatch.hpp"
#include "nn/model_memory.hpp"
#include "nn/trainer.hpp"

namespace replearn::vae {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr Index lines_of_log = 20;
constexpr Index min_patience = 45;  // scvi-tools' for early stopping

/// Epoch sums: minus the terms of the bound, and the number of cells.
enum Sum : std::size_t { reconstruction, divergence, cells_seen, sums };

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

struct State::Implementation {
  Implementation(const mpi::Communicator& ranks, const Matrix& x, const Conditions& conditions,
                 std::vector<Index> levels, const Options& with, const Log& to)
      : comm(ranks), options(with), log(to), data(ranks, x, Shape(with, columns(x), conditions.levels), conditions) {
    const auto held =
        nn::held_out_rows(options.seed, Purpose::vae_held_out, data.first_row(), data.local_rows(), options.holdout);
    for (std::size_t i = 0; i < held.size(); ++i) {
      if (held[i]) held_out.push_back(static_cast<Index>(i));
    }
    held_out_count = mpi::all_reduce(comm, static_cast<Index>(held_out.size()), mpi::Reduction::sum);
    minibatches = nn::Minibatches(comm, data.local_rows(), held, options.batch, options.seed, Purpose::vae_batches);
    require_cells_per_step();
    set_length();
    model.network = Network<float>(Shape(options, columns(x), conditions.levels));
    model.network.initialize(options.seed);
    model.levels = std::move(levels);
    describe_cells(comm, data, model);
    start_from_data(comm, data, model.network);
    weights.emplace(comm, "network", model.network.parameters, nn::Sharding::sharded, options.optimizer);
    trainer.emplace(comm, std::vector{&*weights}, model.network.statistics(), sums,
                    nn::TrainerOptions{.name = "vae",
                                       .steps = options.epochs * minibatches.steps_per_epoch(),
                                       .steps_per_epoch = minibatches.steps_per_epoch(),
                                       .clip = options.clip,
                                       .patience = options.patience,
                                       .hint = "use a lower --learning-rate or --clip 100"},
                    log);
  }

  void require_cells_per_step() const {
    const Index least = minibatches.rows() / minibatches.steps_per_epoch();
    if (least >= 2 || (least == 1 && !options.batch_norm)) return;
    throw InputError("", "--batch", fmt::format("{} training cells leave a step with fewer than 2", minibatches.rows()),
                     "use a larger --batch, --no-batch-norm, or more cells");
  }

  /// Epochs and patience by the default rules. Throws InputError if early stopping could not take effect.
  void set_length() {
    const Index per_epoch = minibatches.steps_per_epoch(), given = options.epochs;
    options.epochs = epochs_of(options, data.rows());
    if (given == 0) options.epochs = std::max(options.epochs, ceil_div(options.min_steps, per_epoch));
    const bool warms_up_only = options.epochs <= options.kl_warmup;
    if (options.patience_steps > 0 && options.patience == 0 && held_out_count > 0 && !warms_up_only) {
      options.patience = std::max(min_patience, ceil_div(options.patience_steps, per_epoch));
    }
    if (options.patience == 0) return;
    if (held_out_count == 0) {
      throw InputError("", "--patience", "no cell was selected for the held-out set", "use a larger --holdout");
    }
    if (!warms_up_only) return;
    throw InputError(
        "", "--patience",
        fmt::format("would have no effect: warm-up takes {} epochs, training {}", options.kl_warmup, options.epochs),
        "use a shorter --kl-warmup or more --epochs");
  }

  const mpi::Communicator& comm;
  Options options;  // with the length by the default rules
  Log log;
  Data data;
  Model model;
  nn::Minibatches minibatches;
  std::vector<Index> held_out;
  Index held_out_count = 0;
  std::optional<nn::ParameterGroup> weights;
  std::optional<nn::Trainer> trainer;
  Curves curves;

  // Working arrays of a step.
  Cells<float> cells;
  nn::Batch<float> noise;
  ElboGradient<float> elbo;

  /// Weight of the divergence at a step.
  double weight_at(Index step) const {
    const Index epoch = step / minibatches.steps_per_epoch();
    if (options.kl_warmup == 0) return options.beta;
    return options.beta * std::min(1.0, static_cast<double>(epoch) / static_cast<double>(options.kl_warmup));
  }

  /// The bound of the next step and its gradients, summed over ranks.
  Bound step_gradients() {
    const Index step = trainer->step();
    const auto& mine = minibatches.at(step);
    data.take(mine.rows, cells);
    noise.resize(cells.rows(), options.latent);
    draw_noise(options.seed, Purpose::vae_noise, static_cast<std::uint64_t>(step), cells.row, noise);
    const double scale = 1 / static_cast<double>(minibatches.size(step));
    const Dropout dropout{options.dropout, options.seed, static_cast<std::uint64_t>(step), mine.place};
    Bound bound =
        elbo.compute(comm, model.network, cells, noise, weight_at(step), scale, dropout, weights->gradient_sum());
    double terms[sums] = {bound.reconstruction, bound.divergence, bound.cells};
    trainer->sums.start(terms);
    weights->gradient_sum().wait();
    trainer->sums.wait();
    return {terms[reconstruction], terms[divergence], terms[cells_seen]};
  }

  void take_step() {
    const Bound bound = step_gradients();
    trainer->require_finite(bound.elbo());
    trainer->sums.add(std::array{bound.reconstruction, bound.divergence, bound.cells});
    trainer->update();
  }

  double training_loss() const {
    const auto& totals = trainer->sums;
    return totals.mean(reconstruction, cells_seen) +
           weight_at(trainer->step() - 1) * totals.mean(divergence, cells_seen);
  }

  double end_epoch() {
    Bound held{nan, nan, 1};
    if (held_out_count > 0) {
      held = evaluate(comm, model.network, data, held_out, options.seed);
      trainer->require_finite(held.elbo());
    }
    curves.step.push_back(trainer->step());
    curves.reconstruction.push_back(trainer->sums.mean(reconstruction, cells_seen));
    curves.divergence.push_back(trainer->sums.mean(divergence, cells_seen));
    curves.weight.push_back(weight_at(trainer->step() - 1));
    curves.held_out_reconstruction.push_back(held.reconstruction / held.cells);
    curves.held_out_divergence.push_back(held.divergence / held.cells);
    const Index epoch = trainer->epoch();
    if (trainer->logs_epoch(lines_of_log)) {
      log.line(fmt::format("vae: epoch {}: reconstruction {:.4f}, KL {:.4f} (weight {:.3g}); held-out ELBO {:.4f}",
                           epoch, curves.reconstruction.back(), curves.divergence.back(), curves.weight.back(),
                           held.elbo()));
    }
    return epoch > options.kl_warmup ? -held.elbo() : nan;
  }
};

State::State(const mpi::Communicator& comm, const Matrix& x, const Conditions& conditions, std::vector<Index> levels,
             const Options& options, const Log& log) {
  options.validate();
  nn::require_memory(comm, size_of(options, rows(x), columns(x), comm.size()), "--encoder, --decoder, --latent");
  self_ = std::make_unique<Implementation>(comm, x, conditions, std::move(levels), options, log);
}
State::~State() = default;
State::State(State&&) noexcept = default;

void State::run_until(Index step) {
  self_->trainer->run_until(step, *self_);
}
Index State::step() const {
  return self_->trainer->step();
}
Index State::steps() const {
  return self_->trainer->steps();
}
bool State::done() const {
  return self_->trainer->done();
}
Index State::steps_per_epoch() const {
  return self_->trainer->steps_per_epoch();
}
Options State::used_options() const {
  return self_->options;
}
Progress State::progress() const {
  const auto& trainer = *self_->trainer;
  return {"", trainer.step(), trainer.end(), trainer.latest(self_->training_loss())};
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
  all = self_->weights->gradient_sum().whole_gradient();
  return bound;
}

NamedArrays State::arrays() {
  auto& curves = self_->curves;
  NamedArrays all = self_->trainer->arrays();
  all.insert(all.end(), {{"curves/step", &curves.step, {}},
                         {"curves/reconstruction", &curves.reconstruction, {}},
                         {"curves/divergence", &curves.divergence, {}},
                         {"curves/weight", &curves.weight, {}},
                         {"curves/held_out_reconstruction", &curves.held_out_reconstruction, {}},
                         {"curves/held_out_divergence", &curves.held_out_divergence, {}}});
  return all;
}
void State::resume() {
  self_->trainer->resume();
}

}  // namespace replearn::vae
