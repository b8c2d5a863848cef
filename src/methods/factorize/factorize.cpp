#include "methods/factorize/factorize.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "base/error.hpp"
#include "base/random.hpp"
#include "methods/factorize/batch_plan.hpp"
#include "methods/factorize/evaluate.hpp"
#include "mpi/collectives.hpp"
#include "mpi/sum_in_flight.hpp"
#include "nn/clipping.hpp"
#include "nn/dropout.hpp"
#include "nn/early_stopping.hpp"
#include "nn/model_memory.hpp"

namespace replearn::factorize {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr Index lines_of_log = 60, min_patience = 3;
/// Embeddings that moved less than this since the start, relative to their spread, are considered static.
constexpr double static_movement = 0.05;

/// Normal numbers drawn from (seed, row index); row indices of genes start at 2^40.
RowMatrix first_embeddings(std::uint64_t seed, std::uint64_t first, Index rows, Index columns, double scale) {
  RowMatrix z(rows, columns);
  for (Index i = 0; i < rows; ++i) {
    RandomStream stream(seed, Purpose::factorize_start, first + static_cast<std::uint64_t>(i));
    for (Index k = 0; k < columns; ++k) z(i, k) = static_cast<float>(scale * stream.normal());
  }
  return z;
}

std::span<float> numbers(RowMatrix& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}
std::span<const float> numbers(const RowMatrix& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}

/// Sums of squares of |a - b| and of |a - center|.
struct Spread {
  double moved = 0, around_center = 0;
  double movement() const { return around_center > 0 ? std::sqrt(moved / around_center) : 0; }
};

}  // namespace

struct State::Implementation {
  Implementation(const mpi::Communicator& ranks, const Matrix& x, const Options& with, const Log& to)
      : comm(ranks), options(with), log(to), data(ranks, x, with), plan(data, with), sum(ranks), loss_sum(ranks) {
    const Index m = data.columns();
    model.network = Network<float>(
        {options.sample_dims, options.gene_dims, options.hidden, options.activation, options.output, options.loss, m});
    model.network.low = static_cast<float>(data.low());
    model.network.high = static_cast<float>(data.high());
    model.network.initialize(options.initializer, options.seed, data.mean());
    samples = DistributedMatrix(partition(x), comm.rank(), options.sample_dims);
    samples.local = first_embeddings(options.seed, static_cast<std::uint64_t>(data.first_row()), data.local_rows(),
                                     options.sample_dims, options.embedding_scale);
    model.genes = first_embeddings(options.seed, std::uint64_t{1} << 40, m, options.gene_dims, options.embedding_scale);
    first_samples = last_samples = samples.local;
    first_genes = last_genes = model.genes;
    dsamples.setZero(samples.local.rows(), samples.local.cols());
    dgenes.setZero(m, options.gene_dims);
    network_rule = nn::Optimizer<float>(options.optimizer, model.network.parameters.size());
    gene_rule = nn::Optimizer<float>(options.optimizer, model.genes.size());
    sample_rule = nn::Optimizer<float>(options.optimizer, samples.local.size());
    steps = length_in_steps();
    if (options.patience_steps > 0 && options.holdout > 0) {
      options.patience = std::max<Index>(min_patience, ceil_div(options.patience_steps, plan.steps_per_epoch()));
    }
    log_every = std::max<Index>(1, ceil_div(steps, plan.steps_per_epoch()) / lines_of_log);
    stopping = nn::EarlyStopping(options.patience);
    best_samples = samples.local;
    best_genes = model.genes;
    best_network.assign(model.network.parameters.values().begin(), model.network.parameters.values().end());
  }

  Index length_in_steps() const {
    if (options.steps > 0) return options.steps;
    const Index per_epoch = plan.steps_per_epoch();
    return std::max(options.epochs, ceil_div(options.min_steps, per_epoch)) * per_epoch;
  }

  const mpi::Communicator& comm;
  Options options;
  Log log;
  TrainingData data;
  BatchPlan plan;
  Model model;
  DistributedMatrix samples;
  RowMatrix first_samples, first_genes, last_samples, last_genes;  // at the start, and at the end of the last epoch
  RowMatrix dsamples, dgenes;                                      // zero except for the rows of the current step
  nn::Optimizer<float> network_rule, gene_rule, sample_rule;
  Index steps = 0, step = 0, updates = 0, stopped = 0, log_every = 1;
  double epoch_loss = 0, epoch_count = 0;  // over all ranks and the steps of the current epoch
  Curves curves;
  nn::EarlyStopping stopping;
  double best_loss = std::numeric_limits<double>::infinity();
  Index without_gain = 0;
  RowMatrix best_samples, best_genes;
  std::vector<float> best_network;
  std::optional<HeldOut> held_out,
      best_held_out;  // for the current and the best parameters; none after restoring a checkpoint

  // Copies for checkpoints.
  std::vector<float> network_values;
  RowMatrix sample_first, sample_second;
  RowMatrix as_rows(const std::vector<float>& moment) const {
    if (moment.empty()) return RowMatrix();
    return Eigen::Map<const RowMatrix>(moment.data(), samples.local.rows(), samples.local.cols());
  }

  // Working arrays of a step.
  Pass<float> pass;
  RowMatrix batch_samples, batch_genes, batch_dsamples, batch_dgenes;
  mpi::SumInFlight<float> sum;
  mpi::SumInFlight<double> loss_sum;
  /// Sum of losses over all ranks, and the number of entries.
  struct StepLoss {
    double sum = 0, count = 0;
  };

  /// Computes the gradients of the sum of losses over all ranks in the network's array, batch_dgenes and
  /// batch_dsamples.
  StepLoss step_gradients(const StepBatch& batch) {
    auto& network = model.network;
    auto& parameters = network.parameters;
    gather(batch);
    parameters.zero_gradients();
    pass.begin(network, batch_samples, batch_genes);
    const Dropout dropout{options.dropout, options.seed, static_cast<std::uint64_t>(step)};
    StepLoss loss{pass.add_gradients(network, batch.entries, batch.genes, dropout),
                  static_cast<double>(batch.entries.size())};
    loss_sum.start({&loss.sum, 2});
    const auto piece = [&](const nn::Slice& slice) {
      sum.start(parameters.gradients().subspan(static_cast<std::size_t>(slice.offset),
                                               static_cast<std::size_t>(slice.size())));
    };
    piece(network.rest_whole());  // summed while the first layer is differentiated
    pass.finish(network, batch_samples, batch_genes, batch_dsamples, batch_dgenes);
    piece(network.first_whole());
    sum.start(numbers(batch_dgenes));
    loss_sum.wait();
    sum.wait();
    return loss;
  }

  void gather(const StepBatch& batch) {
    const auto rows = static_cast<Index>(batch.samples.size()), columns = static_cast<Index>(batch.genes.size());
    batch_samples.resize(rows, options.sample_dims);
    batch_dsamples.resize(rows, options.sample_dims);
    batch_genes.resize(columns, options.gene_dims);
    batch_dgenes.resize(columns, options.gene_dims);
    for (Index a = 0; a < rows; ++a)
      batch_samples.row(a) = samples.local.row(batch.samples[static_cast<std::size_t>(a)]);
    for (Index b = 0; b < columns; ++b) batch_genes.row(b) = model.genes.row(batch.genes[static_cast<std::size_t>(b)]);
    if (options.embedding_noise == 0) return;
    const auto draw = static_cast<std::uint64_t>(step);
    for (Index a = 0; a < rows; ++a) {
      const Index row = data.first_row() + batch.samples[static_cast<std::size_t>(a)];
      nn::add_noise<float>(options.seed, draw, static_cast<std::uint64_t>(row), options.embedding_noise,
                           batch_samples.row(a));
    }
    for (Index b = 0; b < columns; ++b) {
      const Index column = data.rows() + batch.genes[static_cast<std::size_t>(b)];
      nn::add_noise<float>(options.seed, draw, static_cast<std::uint64_t>(column), options.embedding_noise,
                           batch_genes.row(b));
    }
  }

  /// Clipping factor for the gradient of all three arrays together. All ranks, if there is a limit.
  double clipping(double scale) {
    if (options.clip == 0) return scale;
    double mine = nn::squared_norm(numbers(std::as_const(batch_dsamples)));
    mine = mpi::all_reduce(comm, mine, mpi::Reduction::sum);
    const double shared = nn::squared_norm(std::span<const float>(model.network.parameters.gradients())) +
                          nn::squared_norm(numbers(std::as_const(batch_dgenes)));
    return scale * nn::clipping_factor(scale * std::sqrt(mine + shared), options.clip);
  }

  void take_step() {
    held_out.reset();
    const auto& batch = plan.at(step);
    const StepLoss loss = step_gradients(batch);
    if (!std::isfinite(loss.sum)) diverge();
    epoch_loss += loss.sum;
    epoch_count += loss.count;
    if (loss.count > 0) {
      ++updates;
      const double scale = clipping(1 / loss.count), rate = nn::rate_factor(options.schedule, step, steps);
      auto& parameters = model.network.parameters;
      network_rule.step(parameters.values(), std::as_const(parameters).gradients(), rate, scale);
      scatter(batch.samples, batch_dsamples, dsamples);
      sample_rule.step(numbers(samples.local), numbers(std::as_const(dsamples)), rate, scale);
      clear(batch.samples, dsamples);
      scatter(batch.genes, batch_dgenes, dgenes);
      gene_rule.step(numbers(model.genes), numbers(std::as_const(dgenes)), rate, scale);
      clear(batch.genes, dgenes);
    }
    ++step;
  }

  static void scatter(const std::vector<Index>& rows, const RowMatrix& from, RowMatrix& to) {
    for (std::size_t a = 0; a < rows.size(); ++a) to.row(rows[a]) = from.row(static_cast<Index>(a));
  }
  static void clear(const std::vector<Index>& rows, RowMatrix& in) {
    for (const Index row : rows) in.row(row).setZero();
  }

  double mean_loss() const { return epoch_count > 0 ? epoch_loss / epoch_count : nan; }

  Spread spread_of_samples(const RowMatrix& before) const {
    const Index q = options.sample_dims;
    std::vector<double> sums(static_cast<std::size_t>(q + 2), 0.0);
    for (Index i = 0; i < samples.local.rows(); ++i) {
      for (Index k = 0; k < q; ++k) {
        const double z = samples.local(i, k), moved = z - static_cast<double>(before(i, k));
        sums[static_cast<std::size_t>(k)] += z;
        sums[static_cast<std::size_t>(q)] += moved * moved;
        sums[static_cast<std::size_t>(q) + 1] += z * z;
      }
    }
    mpi::all_reduce(comm, std::span<double>(sums), mpi::Reduction::sum);
    double of_means = 0;
    for (Index k = 0; k < q; ++k) of_means += sums[static_cast<std::size_t>(k)] * sums[static_cast<std::size_t>(k)];
    return {sums[static_cast<std::size_t>(q)],
            sums[static_cast<std::size_t>(q) + 1] - of_means / static_cast<double>(data.rows())};
  }

  Spread spread_of_genes(const RowMatrix& before) const {
    const RowMatrixD z = model.genes.cast<double>();
    return {(z - before.cast<double>()).squaredNorm(), (z.rowwise() - z.colwise().mean()).squaredNorm()};
  }

  /// Evaluation of the current parameters; cached, since many held-out entries take as long as training steps.
  const HeldOut& evaluated() {
    if (!held_out) held_out = evaluate(comm, data, model, samples.local);
    return *held_out;
  }

  void end_epoch() {
    const double training = mean_loss();
    const HeldOut now = evaluated();
    if (data.held_out_count() > 0 && !std::isfinite(now.loss)) diverge();
    curves.step.push_back(step);
    curves.training_loss.push_back(training);
    curves.held_out_loss.push_back(now.loss);
    curves.held_out_r2.push_back(now.r2);
    curves.held_out_pearson.push_back(now.pearson);
    curves.sample_movement.push_back(spread_of_samples(last_samples).movement());
    curves.gene_movement.push_back(spread_of_genes(last_genes).movement());
    last_samples = samples.local;
    last_genes = model.genes;
    epoch_loss = epoch_count = 0;
    const auto epoch = static_cast<Index>(curves.step.size());
    if (epoch % log_every == 0 || step == steps) {
      log.line(
          format("factorize: epoch %lld: training loss %.6f, held out %.6f, R2 %.4f; samples moved %.2g, genes %.2g",
                 static_cast<long long>(epoch), training, now.loss, now.r2, curves.sample_movement.back(),
                 curves.gene_movement.back()));
    }
    if (options.patience == 0) return;
    if (stopping.is_best(now.loss)) {
      best_held_out = now;
      best_samples = samples.local;
      best_genes = model.genes;
      best_network.assign(model.network.parameters.values().begin(), model.network.parameters.values().end());
    }
    best_loss = stopping.best();
    without_gain = stopping.without_gain();
    if (!stopping.should_stop() && step < steps) return;
    if (step < steps) {
      log.line(format("factorize: stopped, the held-out loss has not decreased for %lld epochs",
                      static_cast<long long>(options.patience)));
      stopped = 1;
    }
    if (without_gain > 0) {
      samples.local = best_samples;
      model.genes = best_genes;
      std::copy(best_network.begin(), best_network.end(), model.network.parameters.values().begin());
      held_out = best_held_out;
    }
  }

  [[noreturn]] void diverge() const {
    const std::string last = curves.step.empty()
                                 ? std::string("it never was")
                                 : format("it last was after step %lld, at %.4g",
                                          static_cast<long long>(curves.step.back()), curves.training_loss.back());
    throw InputError(
        "", "--learning-rate",
        format("the loss is no longer finite at step %lld (%s)", static_cast<long long>(step), last.c_str()),
        "use a lower --learning-rate, --clip 1, or --warmup 500");
  }
};

namespace {

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

State::State(const mpi::Communicator& comm, const Matrix& x, const Options& options, const Log& log) {
  options.validate();
  nn::require_memory(comm, size_of(options, rows(x), columns(x), comm.size()), "--hidden, --sample-dims, --gene-dims");
  self_ = std::make_unique<Implementation>(comm, x, options, log);
}
State::~State() = default;
State::State(State&&) noexcept = default;

void State::run_until(Index step) {
  auto& self = *self_;
  while (!done() && self.step < std::min(step, self.steps)) {
    self.take_step();
    const bool ends = self.step % self.plan.steps_per_epoch() == 0 || self.step == self.steps;
    if (ends) self.end_epoch();
  }
  if (!done() || self.curves.step.empty()) return;
  if (sample_movement().since_start < static_movement || gene_movement().since_start < static_movement) {
    self.log.warning(
        format("the embeddings are static: since the start samples have moved by %.3g of their spread, genes by %.3g. "
               "Only the "
               "network fits the data: use a smaller one (--hidden), a higher --learning-rate, or more epochs",
               sample_movement().since_start, gene_movement().since_start));
  }
}

Index State::step() const {
  return self_->step;
}
Index State::steps() const {
  return self_->steps;
}
Index State::steps_per_epoch() const {
  return self_->plan.steps_per_epoch();
}
Options State::used_options() const {
  Options used = self_->options;
  if (used.steps == 0) used.epochs = self_->steps / self_->plan.steps_per_epoch();
  return used;
}
bool State::done() const {
  return self_->step >= self_->steps || self_->stopped != 0;
}

Progress State::progress() const {
  double loss = self_->mean_loss();
  if (std::isnan(loss) && !self_->curves.training_loss.empty()) loss = self_->curves.training_loss.back();
  return {"", self_->step, self_->stopped ? self_->step : self_->steps, loss};
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
  return {self_->curves.sample_movement.empty() ? 0 : self_->curves.sample_movement.back(),
          self_->spread_of_samples(self_->first_samples).movement()};
}
Movement State::gene_movement() const {
  return {self_->curves.gene_movement.empty() ? 0 : self_->curves.gene_movement.back(),
          self_->spread_of_genes(self_->first_genes).movement()};
}
DistributedMatrix State::samples() const {
  return self_->samples;
}
const Model& State::model() const {
  return self_->model;
}

double State::gradients(std::vector<float>& shared, RowMatrix& my_samples) {
  auto& self = *self_;
  const auto& batch = self.plan.at(self.step);
  const auto loss = self.step_gradients(batch);
  const auto network = std::as_const(self.model.network.parameters).gradients();
  Implementation::scatter(batch.genes, self.batch_dgenes, self.dgenes);
  shared.assign(network.begin(), network.end());
  shared.insert(shared.end(), self.dgenes.data(), self.dgenes.data() + self.dgenes.size());
  Implementation::clear(batch.genes, self.dgenes);
  my_samples = RowMatrix::Zero(self.samples.local.rows(), self.samples.local.cols());
  Implementation::scatter(batch.samples, self.batch_dsamples, my_samples);
  const auto scale = static_cast<float>(1 / loss.count);
  for (auto& g : shared) g *= scale;
  my_samples *= scale;
  return loss.sum / loss.count;
}

NamedArrays State::arrays() {
  auto& self = *self_;
  auto& curves = self.curves;
  const auto rows = self.samples.partition;
  self.network_values.assign(self.model.network.parameters.values().begin(),
                             self.model.network.parameters.values().end());
  self.sample_first = self.as_rows(self.sample_rule.first_moment());
  self.sample_second = self.as_rows(self.sample_rule.second_moment());
  NamedArrays all = {{"step", &self.step, {}},
                     {"updates", &self.updates, {}},
                     {"stopped", &self.stopped, {}},
                     {"epoch/loss", &self.epoch_loss, {}},
                     {"epoch/count", &self.epoch_count, {}},
                     {"network", &self.network_values, {}},
                     {"genes", &self.model.genes, {}},
                     {"samples", &self.samples.local, rows},
                     {"last/genes", &self.last_genes, {}},
                     {"last/samples", &self.last_samples, rows},
                     {"curves/step", &curves.step, {}},
                     {"curves/training_loss", &curves.training_loss, {}},
                     {"curves/held_out_loss", &curves.held_out_loss, {}},
                     {"curves/held_out_r2", &curves.held_out_r2, {}},
                     {"curves/held_out_pearson", &curves.held_out_pearson, {}},
                     {"curves/sample_movement", &curves.sample_movement, {}},
                     {"curves/gene_movement", &curves.gene_movement, {}}};
  if (!self.network_rule.first_moment().empty()) {
    all.push_back({"optimizer/first/network", &self.network_rule.first_moment(), {}});
    all.push_back({"optimizer/first/genes", &self.gene_rule.first_moment(), {}});
    all.push_back({"optimizer/first/samples", &self.sample_first, rows});
  }
  if (!self.network_rule.second_moment().empty()) {
    all.push_back({"optimizer/second/network", &self.network_rule.second_moment(), {}});
    all.push_back({"optimizer/second/genes", &self.gene_rule.second_moment(), {}});
    all.push_back({"optimizer/second/samples", &self.sample_second, rows});
  }
  if (self.options.patience > 0) {
    all.push_back({"best/loss", &self.best_loss, {}});
    all.push_back({"best/epochs_since", &self.without_gain, {}});
    all.push_back({"best/network", &self.best_network, {}});
    all.push_back({"best/genes", &self.best_genes, {}});
    all.push_back({"best/samples", &self.best_samples, rows});
  }
  return all;
}

void State::resume() {
  auto& self = *self_;
  self.held_out.reset();
  self.best_held_out.reset();
  std::copy(self.network_values.begin(), self.network_values.end(), self.model.network.parameters.values().begin());
  const auto flat = [](const RowMatrix& rows, std::vector<float>& moment) {
    if (!moment.empty() || rows.size() > 0) moment.assign(rows.data(), rows.data() + rows.size());
  };
  flat(self.sample_first, self.sample_rule.first_moment());
  flat(self.sample_second, self.sample_rule.second_moment());
  for (auto* rule : {&self.network_rule, &self.gene_rule, &self.sample_rule}) rule->set_steps(self.updates);
  self.stopping.restore(self.best_loss, self.without_gain);
}

}  // namespace replearn::factorize
