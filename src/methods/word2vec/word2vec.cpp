#include "methods/word2vec/word2vec.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <limits>
#include <numeric>
#include <utility>

#include "base/error.hpp"
#include "methods/word2vec/averaging.hpp"
#include "methods/word2vec/lanes.hpp"
#include "methods/word2vec/learner.hpp"
#include "mpi/collectives.hpp"

namespace replearn::word2vec {
namespace {

constexpr Index words_per_step = 1'000'000, max_steps_per_epoch = 1000;

/// The ranks that share a model.
mpi::Communicator ranks_of_model(const mpi::Communicator& comm, Index ranks_per_model) {
  auto node = comm.node();
  if (ranks_per_model <= 0) return node;
  return node.split(static_cast<int>(node.rank() / ranks_per_model));
}

/// Random order of the shards in an epoch, by (seed, epoch), so that consecutive parts of a corpus, e.g. one source
/// after another, are not trained at a single learning rate.
std::vector<Index> shuffled(Index shards, std::uint64_t seed, Index epoch) {
  std::vector<Index> order(shards);
  std::iota(order.begin(), order.end(), Index{0});
  RandomStream random(seed, Purpose::word2vec_order, static_cast<std::uint64_t>(epoch));
  for (std::size_t left = order.size(); left > 1; --left) {
    std::swap(order[left - 1], order[random.below(static_cast<std::uint32_t>(left))]);
  }
  return order;
}

/// Returns the options after validating them.
Options checked(Options options, Index words) {
  options.validate(words);
  return options;
}

}  // namespace

struct State::Implementation {
  Implementation(const mpi::Communicator& ranks, std::span<const Index> counts, WordStream stream,
                 const Options& chosen, Index ranks_per_model)
      : comm(ranks),
        options(checked(chosen, static_cast<Index>(counts.size()))),
        text(std::move(stream)),
        model_ranks(ranks_of_model(ranks, ranks_per_model)),
        leaders(ranks.split(model_ranks.is_root() ? 0 : 1)),
        models(mpi::all_reduce(ranks, Index{model_ranks.is_root()}, mpi::Reduction::sum)),
        model_index(mpi::broadcast(model_ranks, leaders.rank())),
        node_ranks(ranks.node()),
        samplers(node_ranks, counts, options),
        model(model_ranks, static_cast<Index>(counts.size()), options),
        counters(model_ranks, 2 * counters_apart),
        averaging(leaders, model, options),
        steps_per_epoch(std::clamp<Index>(text.words / words_per_step, 1, max_steps_per_epoch)),
        losses(static_cast<std::size_t>(options.epochs)),
        pairs(static_cast<std::size_t>(options.epochs)) {}

  const mpi::Communicator& comm;
  Options options;
  WordStream text;
  mpi::Communicator model_ranks, leaders;  ///< the ranks that share this rank's model; one rank of each model
  Index models, model_index;
  mpi::Communicator node_ranks;  ///< the ranks of this node, whether or not they share a model
  Samplers samplers;
  Model model;
  mpi::NodeSharedArray<Index> counters;  ///< shards processed; words processed; each on its own cache line
  Averaging averaging;
  Index steps_per_epoch, step = 0, words = 0;
  std::vector<double> losses;  ///< sum over the pairs of each epoch, on all ranks
  std::vector<Index> pairs;
  bool unified = true;
  RowMatrix kept[3];  ///< local rows of each part, for checkpoints

  RowPartition rows_of(Part part) const { return RowPartition(model.rows(part), comm.shares()); }

  /// Local rows of a part, within the model of this rank.
  RowsView view(Part part) const {
    const auto rows = rows_of(part);
    const int rank = comm.rank();
    return {rows, rank, model.columns(), model.row(part, rows.begin(rank)), model.stride()};
  }

  static constexpr Index counters_apart = 16;
  std::atomic_ref<Index> shards_taken() const { return std::atomic_ref(counters.values()[0]); }
  std::atomic_ref<Index> words_taken() const { return std::atomic_ref(counters.values()[counters_apart]); }

  double progress(Index at_words) const {
    return static_cast<double>(at_words) / (static_cast<double>(text.words) * static_cast<double>(options.epochs));
  }
  /// The shards of a step.
  std::vector<Lanes::Task> tasks_of(Index at_step) const {
    const Index epoch = at_step / steps_per_epoch, step_in_epoch = at_step % steps_per_epoch;
    const auto order = shuffled(text.shards, options.seed, epoch);
    std::vector<Lanes::Task> tasks;
    for (Index at = text.shards * step_in_epoch / steps_per_epoch;
         at < text.shards * (step_in_epoch + 1) / steps_per_epoch; ++at) {
      tasks.push_back({epoch, order[at]});
    }
    return tasks;
  }
  /// Restores a part of each model from the rows held by the ranks, partitioned as rows_of(part).
  void spread(Part part, const RowMatrix& mine);
  void run_shared(Index until);
  void run_lanes(Index until);
  void add_up(std::vector<double> local_losses, std::vector<Index> local_pairs);
  void require_finite_losses() const;
};

/// Sums the losses and pairs of the ranks.
void State::Implementation::add_up(std::vector<double> local_losses, std::vector<Index> local_pairs) {
  mpi::all_reduce(comm, std::span(local_losses), mpi::Reduction::sum);
  mpi::all_reduce(comm, std::span(local_pairs), mpi::Reduction::sum);
  for (std::size_t e = 0; e < losses.size(); ++e) {
    losses[e] += local_losses[e];
    pairs[e] += local_pairs[e];
  }
  require_finite_losses();
}

void State::Implementation::require_finite_losses() const {
  if (std::all_of(losses.begin(), losses.end(), [](double loss) { return std::isfinite(loss); })) return;
  throw InputError("", "--alpha", fmt::format("{:g} made the vectors diverge", options.alpha_at(0, models)),
                   "choose a smaller one, or 0 for the default");
}

void State::Implementation::spread(Part part, const RowMatrix& mine) {
  constexpr Index rows_per_message = Index{1} << 14;
  const auto rows = rows_of(part);
  for (int rank = 0; rank < comm.size(); ++rank) {
    for (Index at = rows.begin(rank); at < rows.end(rank); at += rows_per_message) {
      RowMatrix some(std::min(rows_per_message, rows.end(rank) - at), model.columns());
      if (comm.rank() == rank) some = mine.middleRows(at - rows.begin(rank), some.rows());
      mpi::broadcast_into(comm, std::span(some.data(), static_cast<std::size_t>(some.size())), rank);
      if (model_ranks.is_root()) model.write(part, at, some);
    }
  }
}

void State::Implementation::run_shared(Index until) {
  // The shards of this rank's model, and the interval of averaging.
  std::vector<Lanes::Task> shards;
  std::vector<Index> due;
  for (Index s = step; s < until; ++s) {
    const auto tasks = tasks_of(s);
    const auto count = static_cast<Index>(tasks.size());
    const Index mine = count * model_index / models, mine_end = count * (model_index + 1) / models;
    const Index averages = std::max<Index>(1, text.words / steps_per_epoch / models / options.sync_words);
    for (Index a = 1; a <= averages; ++a) {
      due.push_back(static_cast<Index>(shards.size()) + (mine_end - mine) * a / averages);
    }
    shards.insert(shards.end(), tasks.begin() + mine, tasks.begin() + mine_end);
  }
  if (model_ranks.is_root()) {
    shards_taken() = 0;
    words_taken() = 0;
  }
  counters.synchronize();

  Learner<SharedRows> learner(options, samplers, SharedRows(model));
  std::vector<double> local_losses(losses.size());
  std::vector<Index> local_pairs(losses.size());
  std::size_t planned = 0;
  const auto average = [&](Index taken_shards) {
    if (models == 1 || !model_ranks.is_root()) return;
    for (; planned < due.size() && due[planned] <= taken_shards; ++planned) averaging.plan();
    averaging.advance();
  };
  const auto rate = [&](Index taken) {
    const Index now = words_taken().fetch_add(taken, std::memory_order_relaxed) + taken;
    average(shards_taken().load(std::memory_order_relaxed) - 1);
    return options.alpha_at(progress(words + now * models), models);
  };
  std::exception_ptr failure;
  try {
    std::vector<WordId> part;
    while (true) {
      const Index place = shards_taken().fetch_add(1, std::memory_order_relaxed);
      if (place >= static_cast<Index>(shards.size())) break;
      const auto [epoch, shard] = shards[place];
      const auto next = text.open(shard);
      RandomStream random(options.seed, Purpose::word2vec_training,
                          static_cast<std::uint64_t>(epoch * text.shards + shard));
      while (next(part)) learner.train_on(part, random, rate);
      learner.finish(random, rate);
      local_losses[epoch] += learner.updates().take_loss();
      local_pairs[epoch] += learner.updates().take_pairs();
    }
  } catch (...) {
    failure = std::current_exception();
  }
  // An error on one node must not leave the others waiting for its averages.
  average(static_cast<Index>(shards.size()));
  if (models > 1 && model_ranks.is_root()) averaging.finish();
  mpi::run_collectively(comm, [&] {
    if (failure) std::rethrow_exception(failure);
  });
  model.synchronize();
  words += mpi::all_reduce(comm, model_ranks.is_root() ? words_taken().load() : 0, mpi::Reduction::sum);
  add_up(std::move(local_losses), std::move(local_pairs));
  unified = models == 1;
  step = until;
}

void State::Implementation::run_lanes(Index until) {
  Lanes lanes(comm, model_ranks, model, options, samplers);
  for (; step < until; ++step) {
    const auto tasks = tasks_of(step);
    for (auto at = tasks.begin(); at < tasks.end();) {
      const auto end = at + std::min<std::ptrdiff_t>(Lanes::lanes, tasks.end() - at);
      lanes.train({at, end}, text, words, losses, pairs);
      at = end;
    }
  }
  require_finite_losses();
}

State::State(const mpi::Communicator& comm, std::span<const Index> counts, WordStream text, const Options& options,
             const Start* start, Index ranks_per_model)
    : self_(std::make_unique<Implementation>(comm, counts, std::move(text), options, ranks_per_model)) {
  auto& self = *self_;
  if (!start || !start->input) self.model.start(options);
  if (!start) return;
  for (const Part part : self.model.parts()) {
    const auto& given = part == Part::input ? start->input : part == Part::output ? start->output : start->inner;
    if (given) self.spread(part, given->local);
  }
  self.model.synchronize();
}

State::~State() = default;
State::State(State&&) noexcept = default;

Index State::step() const {
  return self_->step;
}
Index State::steps() const {
  return self_->steps_per_epoch * self_->options.epochs;
}
Index State::steps_per_epoch() const {
  return self_->steps_per_epoch;
}
Index State::models() const {
  return self_->models;
}
Index State::words() const {
  return self_->words;
}
double State::alpha() const {
  return self_->options.alpha_at(self_->progress(self_->words), self_->models);
}

void State::run_until(Index step) {
  if (step <= self_->step) return;
  if (self_->options.deterministic)
    self_->run_lanes(std::min(step, steps()));
  else
    self_->run_shared(std::min(step, steps()));
}

std::vector<double> State::losses() const {
  std::vector<double> means;
  const auto begun = static_cast<std::size_t>(ceil_div(self_->step, self_->steps_per_epoch));
  for (std::size_t e = 0; e < begun; ++e) {
    const bool any = self_->pairs[e] > 0;  // subsampling may drop all pairs of a small text
    means.push_back(any ? self_->losses[e] / static_cast<double>(self_->pairs[e])
                        : std::numeric_limits<double>::quiet_NaN());
  }
  return means;
}

double State::bytes_between_models() const {
  const bool sends = self_->model_ranks.is_root() && self_->models > 1;
  return mpi::all_reduce(self_->comm, sends ? self_->averaging.bytes_sent() : 0.0, mpi::Reduction::sum);
}

void State::unify() {
  auto& self = *self_;
  if (!self.unified && self.model_ranks.is_root()) {
    self.averaging.plan_all();
    self.averaging.finish();
  }
  self.model.synchronize();
  self.unified = true;
}

std::vector<Part> State::parts() const {
  return self_->model.parts();
}

RowsView State::view(Part part) {
  unify();
  return self_->view(part);
}

DistributedMatrix State::rows(Part part) {
  const auto rows = view(part);
  DistributedMatrix result(rows.partition, rows.rank, 0);
  result.local = rows.copy(0, rows.local_rows());
  return result;
}

NamedArrays State::arrays() {
  unify();
  auto& self = *self_;
  NamedArrays arrays = {
      {"step", &self.step, {}}, {"words", &self.words, {}}, {"losses", &self.losses, {}}, {"pairs", &self.pairs, {}}};
  for (const Part part : self.model.parts()) {
    const auto rows = self.view(part);
    auto& mine = self.kept[static_cast<std::size_t>(part)];
    mine = rows.copy(0, rows.local_rows());
    arrays.push_back({part == Part::input ? "input" : part == Part::output ? "noise" : "inner", &mine, rows.partition});
  }
  return arrays;
}

void State::resume() {
  auto& self = *self_;
  for (const Part part : self.model.parts()) self.spread(part, self.kept[static_cast<std::size_t>(part)]);
  self.model.synchronize();
}

}  // namespace replearn::word2vec
