#include "methods/factorize/factorize.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/error.hpp"
#include "base/random.hpp"
#include "methods/factorize/batch_plan.hpp"
#include "methods/factorize/evaluate.hpp"
#include "methods/factorize/movement.hpp"
#include "methods/factorize/pass.hpp"
#include "mpi/nonblocking_sum.hpp"
#include "nn/dropout.hpp"
#include "nn/model_memory.hpp"
#include "nn/trainer.hpp"

namespace replearn::factorize {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr Index lines_of_log = 60, min_patience = 3;
/// Embeddings that moved less than this since the start, relative to their spread, are considered static.
constexpr double static_movement = 0.05;

/// Epoch sums: losses, and the number of entries.
enum Sum : std::size_t { loss_sum, entry_count, sums };

/// Normal numbers drawn from (seed, row index); row indices of genes start at 2^40.
RowMatrix first_embeddings(std::uint64_t seed, std::uint64_t first, Index rows, Index columns, double scale) {
  RowMatrix z(rows, columns);
  for (Index i = 0; i < rows; ++i) {
    RandomStream stream(seed, Purpose::factorize_start, first + static_cast<std::uint64_t>(i));
    for (Index k = 0; k < columns; ++k) z(i, k) = static_cast<float>(scale * stream.normal());
  }
  return z;
}

void scatter(const std::vector<Index>& rows, const RowMatrix& from, RowMatrix& to) {
  for (std::size_t a = 0; a < rows.size(); ++a) to.row(rows[a]) = from.row(static_cast<Index>(a));
}
void clear(const std::vector<Index>& rows, RowMatrix& in) {
  for (const Index row : rows) in.row(row).setZero();
}

nn::ModelSize size_of(const Options& options, Index samples, Index genes, int ranks) {
  nn::ModelSize size;
  std::vector<Index> widths = {options.sample_dims + options.gene_dims};
  widths.insert(widths.end(), options.hidden.begin(), options.hidden.end());
  widths.push_back(1);
  size.add_layers(widths);
  size.weights += static_cast<double>(samples) * static_cast<double>(options.sample_dims) / ranks +
                  static_cast<double>(genes) * static_cast<double>(options.gene_dims);
  return size;
}

}  // namespace

struct State::Implementation {
  Implementation(const mpi::Communicator& ranks, const Matrix& x, const Options& with, const Log& to)
      : comm(ranks), options(with), log(to), data(ranks, x, with), plan(data, with), dgenes_sum(ranks) {
    set_length();
    initialize(partition(x));
    const auto& optimizer = options.optimizer;
    network.emplace(comm, "network", model.network.parameters, nn::Sharding::replicated, optimizer);
    gene_embeddings.emplace(comm, "genes", model.genes, dgenes, std::nullopt, optimizer);
    sample_embeddings.emplace(comm, "samples", samples.local, dsamples, samples.partition, optimizer);
    trainer.emplace(comm, std::vector{&*network, &*gene_embeddings, &*sample_embeddings},
                    std::vector<std::vector<double>*>(), sums,
                    nn::TrainerOptions{.name = "factorize",
                                       .steps = steps,
                                       .steps_per_epoch = plan.steps_per_epoch(),
                                       .schedule = options.schedule,
                                       .clip = options.clip,
                                       .patience = options.patience,
                                       .min_gain = 1e-4,
                                       .hint = "use a lower --learning-rate, --clip 1, or --warmup 500"},
                    log);
  }

  /// Steps and patience by the default rules.
  void set_length() {
    const Index per_epoch = plan.steps_per_epoch();
    steps = options.steps;
    if (steps == 0) {
      options.epochs = std::max(options.epochs, ceil_div(options.min_steps, per_epoch));
      steps = options.epochs * per_epoch;
    }
    if (options.patience_steps > 0 && options.holdout > 0) {
      options.patience = std::max<Index>(min_patience, ceil_div(options.patience_steps, per_epoch));
    }
  }

  void initialize(const RowPartition& rows) {
    const Index m = data.columns();
    model.network = Network<float>(
        {options.sample_dims, options.gene_dims, options.hidden, options.activation, options.output, options.loss, m});
    model.network.low = static_cast<float>(data.low());
    model.network.high = static_cast<float>(data.high());
    model.network.initialize(options.initializer, options.seed, data.mean());
    samples = DistributedMatrix(rows, comm.rank(), options.sample_dims);
    samples.local = first_embeddings(options.seed, static_cast<std::uint64_t>(data.first_row()), data.local_rows(),
                                     options.sample_dims, options.embedding_scale);
    model.genes = first_embeddings(options.seed, std::uint64_t{1} << 40, m, options.gene_dims, options.embedding_scale);
    first_samples = last_samples = samples.local;
    first_genes = last_genes = model.genes;
    dsamples.setZero(samples.local.rows(), samples.local.cols());
    dgenes.setZero(m, options.gene_dims);
  }

  const mpi::Communicator& comm;
  Options options;  // with the length by the default rules
  Log log;
  TrainingData data;
  BatchPlan plan;
  Index steps = 0;
  Model model;
  DistributedMatrix samples;
  RowMatrix first_samples, first_genes, last_samples, last_genes;  // at the start, and at the end of the last epoch
  RowMatrix dsamples, dgenes;                                      // zero except for the rows of the current step
  std::optional<nn::ParameterGroup> network, gene_embeddings, sample_embeddings;
  std::optional<nn::Trainer> trainer;
  Curves curves;
  std::optional<HeldOut> held_out;  // evaluation of the current parameters; none before the first call

  // Working arrays of a step.
  Pass<float> pass;
  RowMatrix batch_samples, batch_genes, batch_dsamples, batch_dgenes;
  mpi::NonblockingSum<float> dgenes_sum;

  /// Loss of a step over all ranks, and the number of entries.
  struct StepLoss {
    double sum = 0, count = 0;
  };

  /// Computes the gradients of the sum of losses over all ranks in the network's array, batch_dgenes and
  /// batch_dsamples.
  StepLoss step_gradients(const StepBatch& batch) {
    auto& parameters = model.network.parameters;
    gather(batch);
    parameters.zero_gradients();
    pass.begin(model.network, batch_samples, batch_genes);
    const Dropout dropout{options.dropout, options.seed, static_cast<std::uint64_t>(trainer->step())};
    std::array<double, sums> loss{};
    loss[loss_sum] = pass.add_gradients(model.network, batch.entries, batch.genes, dropout);
    loss[entry_count] = static_cast<double>(batch.entries.size());
    trainer->sums.start(loss);
    network->gradient_sum().start(model.network.rest_whole());  // summed while the first layer is differentiated
    pass.finish(model.network, batch_samples, batch_genes, batch_dsamples, batch_dgenes);
    network->gradient_sum().start(model.network.first_whole());
    dgenes_sum.start({batch_dgenes.data(), static_cast<std::size_t>(batch_dgenes.size())});
    trainer->sums.wait();
    network->gradient_sum().wait();
    dgenes_sum.wait();
    return {loss[loss_sum], loss[entry_count]};
  }

  void gather(const StepBatch& batch) {
    const auto rows = static_cast<Index>(batch.samples.size()), columns = static_cast<Index>(batch.genes.size());
    batch_samples.resize(rows, options.sample_dims);
    batch_dsamples.resize(rows, options.sample_dims);
    batch_genes.resize(columns, options.gene_dims);
    batch_dgenes.resize(columns, options.gene_dims);
    for (Index a = 0; a < rows; ++a) batch_samples.row(a) = samples.local.row(batch.samples[a]);
    for (Index b = 0; b < columns; ++b) batch_genes.row(b) = model.genes.row(batch.genes[b]);
    if (options.embedding_noise == 0) return;
    const auto draw = static_cast<std::uint64_t>(trainer->step());
    for (Index a = 0; a < rows; ++a) {
      const Index row = data.first_row() + batch.samples[a];
      nn::add_noise<float>(options.seed, draw, static_cast<std::uint64_t>(row), options.embedding_noise,
                           batch_samples.row(a));
    }
    for (Index b = 0; b < columns; ++b) {
      const Index column = data.rows() + batch.genes[b];
      nn::add_noise<float>(options.seed, draw, static_cast<std::uint64_t>(column), options.embedding_noise,
                           batch_genes.row(b));
    }
  }

  void take_step() {
    held_out.reset();
    const auto& batch = plan.at(trainer->step());
    const StepLoss loss = step_gradients(batch);
    trainer->require_finite(loss.sum);
    trainer->sums.add(std::array{loss.sum, loss.count});
    if (loss.count == 0) return;
    scatter(batch.samples, batch_dsamples, dsamples);
    scatter(batch.genes, batch_dgenes, dgenes);
    trainer->update(1 / loss.count);
    clear(batch.samples, dsamples);
    clear(batch.genes, dgenes);
  }

  double training_loss() const { return trainer->sums.mean(loss_sum, entry_count); }

  double end_epoch() {
    const HeldOut now = evaluated();
    if (data.held_out_count() > 0) trainer->require_finite(now.loss);
    curves.step.push_back(trainer->step());
    curves.training_loss.push_back(training_loss());
    curves.held_out_loss.push_back(now.loss);
    curves.held_out_r2.push_back(now.r2);
    curves.held_out_pearson.push_back(now.pearson);
    curves.sample_movement.push_back(movement_of_samples(comm, samples, last_samples));
    curves.gene_movement.push_back(movement_of_genes(model.genes, last_genes));
    last_samples = samples.local;
    last_genes = model.genes;
    if (trainer->logs_epoch(lines_of_log)) {
      log.line(fmt::format(
          "factorize: epoch {}: training loss {:.6f}, held out {:.6f}, R2 {:.4f}; samples moved {:.2g}, genes {:.2g}",
          trainer->epoch(), curves.training_loss.back(), now.loss, now.r2, curves.sample_movement.back(),
          curves.gene_movement.back()));
    }
    return now.loss;
  }

  /// Evaluation of the current parameters; cached, since many held-out entries take as long as training steps.
  const HeldOut& evaluated() {
    if (!held_out) held_out = evaluate(comm, data, model, samples.local);
    return *held_out;
  }

  void warn_if_static() const {
    const double moved_samples = movement_of_samples(comm, samples, first_samples),
                 moved_genes = movement_of_genes(model.genes, first_genes);
    if (moved_samples >= static_movement && moved_genes >= static_movement) return;
    log.warning(fmt::format(
        "the embeddings are static: since the start samples have moved by {:.3g} of their spread, genes by {:.3g}. "
        "Only the network fits the data: use a smaller one (--hidden), a higher --learning-rate, or more epochs",
        moved_samples, moved_genes));
  }
};

State::State(const mpi::Communicator& comm, const Matrix& x, const Options& options, const Log& log) {
  options.validate();
  nn::require_memory(comm, size_of(options, rows(x), columns(x), comm.size()), "--hidden, --sample-dims, --gene-dims");
  self_ = std::make_unique<Implementation>(comm, x, options, log);
}
State::~State() = default;
State::State(State&&) noexcept = default;

void State::run_until(Index step) {
  auto& self = *self_;
  self.trainer->run_until(step, self);
  if (self.trainer->restored_best()) self.held_out.reset();
  if (done() && !self.curves.step.empty()) self.warn_if_static();
}
Index State::step() const {
  return self_->trainer->step();
}
Index State::steps() const {
  return self_->trainer->steps();
}
Index State::steps_per_epoch() const {
  return self_->trainer->steps_per_epoch();
}
Options State::used_options() const {
  return self_->options;
}
bool State::done() const {
  return self_->trainer->done();
}
Progress State::progress() const {
  const auto& trainer = *self_->trainer;
  return {"", trainer.step(), trainer.end(), trainer.latest(self_->training_loss())};
}

const Curves& State::curves() const {
  return self_->curves;
}
HeldOut State::held_out() {
  return self_->evaluated();
}
double State::gene_mean_r2() const {
  const auto& data = self_->data;
  return data.held_out_count() > 0 ? 1 - data.held_out_gene_error() / data.held_out_variance() : nan;
}
Movement State::sample_movement() const {
  const auto& since_last = self_->curves.sample_movement;
  return {since_last.empty() ? 0 : since_last.back(),
          movement_of_samples(self_->comm, self_->samples, self_->first_samples)};
}
Movement State::gene_movement() const {
  const auto& since_last = self_->curves.gene_movement;
  return {since_last.empty() ? 0 : since_last.back(), movement_of_genes(self_->model.genes, self_->first_genes)};
}
DistributedMatrix State::samples() const {
  return self_->samples;
}
const Model& State::model() const {
  return self_->model;
}

double State::gradients(std::vector<float>& shared, RowMatrix& my_samples) {
  auto& self = *self_;
  const auto& batch = self.plan.at(self.trainer->step());
  const auto loss = self.step_gradients(batch);
  const auto network = std::as_const(self.model.network.parameters).gradients();
  scatter(batch.genes, self.batch_dgenes, self.dgenes);
  shared.assign(network.begin(), network.end());
  shared.insert(shared.end(), self.dgenes.data(), self.dgenes.data() + self.dgenes.size());
  clear(batch.genes, self.dgenes);
  my_samples = RowMatrix::Zero(self.samples.local.rows(), self.samples.local.cols());
  scatter(batch.samples, self.batch_dsamples, my_samples);
  const auto scale = static_cast<float>(1 / loss.count);
  for (auto& g : shared) g *= scale;
  my_samples *= scale;
  return loss.sum / loss.count;
}

NamedArrays State::arrays() {
  auto& self = *self_;
  auto& curves = self.curves;
  NamedArrays all = self.trainer->arrays();
  all.insert(all.end(), {{"last/genes", &self.last_genes, {}},
                         {"last/samples", &self.last_samples, self.samples.partition},
                         {"curves/step", &curves.step, {}},
                         {"curves/training_loss", &curves.training_loss, {}},
                         {"curves/held_out_loss", &curves.held_out_loss, {}},
                         {"curves/held_out_r2", &curves.held_out_r2, {}},
                         {"curves/held_out_pearson", &curves.held_out_pearson, {}},
                         {"curves/sample_movement", &curves.sample_movement, {}},
                         {"curves/gene_movement", &curves.gene_movement, {}}});
  return all;
}
void State::resume() {
  self_->held_out.reset();
  self_->trainer->resume();
}

}  // namespace replearn::factorize
