#include "methods/tsne/tsne.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/error.hpp"
#include "base/stopwatch.hpp"
#include "methods/tsne/affinities.hpp"
#include "methods/tsne/attraction.hpp"
#include "methods/tsne/gradient.hpp"
#include "methods/tsne/optimizer.hpp"
#include "methods/tsne/repulsion.hpp"
#include "methods/tsne/start.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::tsne {

struct State::Implementation {
  const mpi::Communicator& comm;
  Options options;
  RowPartition partition;
  Attraction attraction;  ///< holds the true P
  Optimizer optimizer;
  Repeller repeller;
  Steering steering;
  RowMatrix points, mine;  ///< all n x q, centred: the same on every rank; my rows of it
  Repulsion repelled;      ///< of `points`, if fresh
  RowMatrixD gradient;     ///< of my rows
  RowMatrix scaled{};      ///< `points` in units of the kernel, if it is not 1
  bool fresh = false;
  Index step = 0;
  double pulling = 0, repelling = 0, moving = 0;  ///< seconds so far on this rank, waiting for others included

  bool early() const { return step < options.early_exaggeration_iterations; }
  auto my_points() const { return points.middleRows(partition.begin(comm.rank()), partition.count(comm.rank())); }

  /// The width of the kernel in the map: sqrt(dof), see gradient.hpp.
  double width() const { return std::sqrt(options.dof); }
  const RowMatrix& in_widths() const { return options.dof == 1 ? points : scaled; }

  /// Both the next iteration and the KL divergence need it.
  const Repulsion& repulsion_now() {
    if (fresh) return repelled;
    const Stopwatch watch;
    repeller.repel(in_widths(), repelled);
    repelling += watch.seconds();
    fresh = true;
    return repelled;
  }

  /// All points from `mine` of every rank.
  void gather_points() {
    mpi::all_gather_into(comm, std::span<const float>(mine.data(), static_cast<std::size_t>(mine.size())),
                         std::span<float>(points.data(), static_cast<std::size_t>(points.size())),
                         partition.counts(points.cols()));
    center(points, partition);
    if (options.dof != 1) scaled = points / static_cast<float>(width());
    mine = my_points();
    fresh = false;
  }

  void iterate();
};

/// One iteration, per rank: attraction (see Attraction), 8 bytes of P a stored pair; repulsion by the method chosen
/// (see FftRepulsion, repel_by_tree, repulsion); O(n q) to centre. Sent: 4 n q / p bytes to each other rank in one
/// all-gather, 12 bytes in two reductions for Z, and what the method of repulsion sends.
void State::Implementation::iterate() {
  const double exaggeration = options.exaggeration_at(step);
  const double learning_rate = options.learning_rate_at(step, partition.rows());

  const Repulsion& repulsion = repulsion_now();
  Stopwatch watch;
  attraction.pull(in_widths(), gradient);
  pulling += watch.restart();
  for (Index at = 0; at < gradient.size(); ++at) {
    gradient.data()[at] = width() * (exaggeration * gradient.data()[at] - repulsion.forces.data()[at] / repulsion.z);
  }
  steering.add_gradient(points, 1, gradient);
  optimizer.move(
      mine, gradient,
      {learning_rate, early() ? options.initial_momentum : options.momentum, options.max_step_norm, options.min_gain});
  gather_points();
  moving += watch.seconds();
  ++step;

  // Centring spreads what is not finite over its column, so the first point tells of all; every rank has it.
  for (Index k = 0; k < points.cols(); ++k) {
    if (std::isfinite(points(0, k))) continue;
    throw InputError("", "--learning-rate",
                     format("%g made the points fly apart to infinity in iteration %lld", learning_rate,
                            static_cast<long long>(step)),
                     "choose a smaller one, or 0 for points / exaggeration, and keep --max-step-norm");
  }
}

State::State(const mpi::Communicator& comm, const NeighborGraph& graph, const DistributedMatrix& start,
             const Options& options, const Log& log) {
  options.validate(graph.rows());
  check_start(comm, start, graph.rows(), options.dimensions);
  Stopwatch watch;
  auto p = joint_probabilities(comm, graph, options);
  log.line(format("t-SNE: affinities of %lld points in %s", static_cast<long long>(graph.rows()),
                  duration_text(watch.seconds()).c_str()));
  *this = State(comm, std::move(p), start, options, log);
}

State::State(const mpi::Communicator& comm, SparseRows p, const DistributedMatrix& start, const Options& options,
             const Log& log, std::vector<Pull> pulls) {
  options.validate(p.rows());
  check_start(comm, start, p.rows(), options.dimensions);
  const RowPartition partition = p.partition;
  self_.reset(new Implementation{
      comm, options, partition, Attraction(std::move(p)), Optimizer(start.local_rows(), options.dimensions),
      Repeller(comm, partition, options, log), Steering(comm, partition, std::move(pulls)),
      RowMatrix(partition.rows(), options.dimensions), start.local, Repulsion{}, RowMatrixD()});
  self_->gather_points();
}

std::string State::timing_text() const {
  const double total = self_->pulling + self_->repelling + self_->moving;
  const double read = self_->attraction.bytes() * static_cast<double>(self_->step);
  return format(
      "%lld iterations in %s: attraction %.0f %% (%.1f GB/s of P a rank), repulsion %.0f %%, the rest %.0f %%",
      static_cast<long long>(self_->step), duration_text(total).c_str(), 100 * self_->pulling / total,
      1e-9 * read / self_->pulling, 100 * self_->repelling / total, 100 * self_->moving / total);
}

State::~State() = default;
State::State(State&&) noexcept = default;
State& State::operator=(State&&) noexcept = default;

void State::run_until(Index step) {
  while (self_->step < step) self_->iterate();
}

Index State::step() const {
  return self_->step;
}
Index State::steps() const {
  return self_->options.early_exaggeration_iterations + self_->options.iterations;
}
const char* State::phase() const {
  return self_->early() ? "early exaggeration" : "optimization";
}

double State::kl_divergence() {
  return self_->attraction.divergence(self_->comm, self_->in_widths(), self_->repulsion_now().z, self_->options.dof);
}

double State::gradient_norm() const {
  if (self_->gradient.size() == 0 && self_->partition.count(self_->comm.rank()) > 0) {
    return std::numeric_limits<double>::infinity();
  }
  const RowPartition& partition = self_->partition;
  std::vector<double> partials;
  for (Index block = partition.first_block(self_->comm.rank()); block < partition.end_block(self_->comm.rank());
       ++block) {
    const Index begin = partition.block_begin(block), end = partition.block_end(block);
    partials.push_back(
        self_->gradient.middleRows(begin - partition.begin(self_->comm.rank()), end - begin).squaredNorm());
  }
  return 4 * std::sqrt(mpi::reproducible_sum(self_->comm, partials, partition.blocks()));
}

std::vector<double> State::pulled_distances() const {
  return self_->steering.mean_squared_distances(self_->points);
}
double State::pulled_cost() const {
  return self_->steering.cost(self_->points);
}

DistributedMatrix State::points() const {
  DistributedMatrix mine(self_->partition, self_->comm.rank(), self_->points.cols());
  mine.local = self_->mine;
  return mine;
}

namespace {

/// Whether to go on: scikit-learn's rule.
class Patience {
 public:
  explicit Patience(const Options& options) : options_(options), best_step_(options.early_exaggeration_iterations) {}

  /// Why to stop, or empty. The same on all ranks.
  std::string reason_to_stop(Index step, double cost, double gradient_norm) {
    if (step <= options_.early_exaggeration_iterations) return "";
    if (options_.min_gradient_norm > 0 && gradient_norm <= options_.min_gradient_norm)
      return format("gradient of length %.2g", gradient_norm);
    if (cost < best_) {
      best_ = cost;
      best_step_ = step;
    } else if (options_.iterations_without_progress > 0 && step - best_step_ > options_.iterations_without_progress) {
      return format("no progress since iteration %lld", static_cast<long long>(best_step_));
    }
    return "";
  }
  bool never() const { return options_.min_gradient_norm == 0 && options_.iterations_without_progress == 0; }

 private:
  Options options_;
  double best_ = std::numeric_limits<double>::infinity();
  Index best_step_;
};

/// The next multiple of `every` after `step`; no later than `last`.
Index next_multiple(Index step, Index every, Index last) {
  return every == 0 ? last : std::min(last, (step / every + 1) * every);
}

Results run(State state, const Options& options, const ProgressCallback& progress, const Log& log) {
  constexpr Index between_reports = 10, between_losses = 50;
  Results results;
  Patience patience(options);
  const auto keep_frame = [&] {
    if (options.frames_every == 0 || state.step() % options.frames_every != 0) return;
    results.frame_iterations.push_back(state.step());
    results.frames.push_back(state.points().local);
  };
  std::string reason;
  keep_frame();
  while (state.step() < state.steps() && reason.empty()) {
    const std::string phase = state.phase();
    state.run_until(std::min(next_multiple(state.step(), between_reports, state.steps()),
                             next_multiple(state.step(), options.frames_every, state.steps())));
    keep_frame();
    if (state.step() % between_reports != 0 && state.step() < state.steps()) continue;
    double loss = std::numeric_limits<double>::quiet_NaN();
    if (state.step() % between_losses == 0) {
      loss = state.kl_divergence();
      results.kl_iterations.push_back(state.step());
      results.kl_history.push_back(loss);
      if (!patience.never())
        reason = patience.reason_to_stop(state.step(), loss + state.pulled_cost(), state.gradient_norm());
    }
    if (progress) progress({phase, state.step(), state.steps(), loss});
  }
  if (!reason.empty()) {
    log.line(format("t-SNE: stopped after iteration %lld: %s", static_cast<long long>(state.step()), reason.c_str()));
  }
  results.kl_divergence = state.kl_divergence();
  results.pulled_distances = state.pulled_distances();
  if (state.step() > 0) log.line("t-SNE: " + state.timing_text());
  results.points = state.points();
  results.iterations = state.step();
  return results;
}

}  // namespace

Results tsne(const mpi::Communicator& comm, const NeighborGraph& graph, const DistributedMatrix& start,
             const Options& options, const ProgressCallback& progress, const Log& log) {
  return run(State(comm, graph, start, options, log), options, progress, log);
}

Results tsne(const mpi::Communicator& comm, SparseRows p, const DistributedMatrix& start, const Options& options,
             const ProgressCallback& progress, const Log& log, std::vector<Pull> pulls) {
  return run(State(comm, std::move(p), start, options, log, std::move(pulls)), options, progress, log);
}

}  // namespace replearn::tsne
