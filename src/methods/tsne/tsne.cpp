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

namespace replearn::tsne {
namespace {

/// The map's order in memory is renewed while it unfolds; when does not matter to the result.
bool sorts_at(Index step) {
  return step == 0 || step == 50 || (step % 100 == 0 && step <= 500);
}

}  // namespace

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
  bool fresh = false;
  Index step = 0;

  bool early() const { return step < options.early_exaggeration_iterations; }
  auto my_points() const { return points.middleRows(partition.begin(comm.rank()), partition.count(comm.rank())); }

  /// Both the next iteration and the KL divergence need it.
  const Repulsion& repulsion_now() {
    if (!fresh) repeller.repel(points, repelled);
    fresh = true;
    return repelled;
  }

  /// All points from `mine` of every rank.
  void gather_points() {
    mpi::all_gather_into(comm, std::span<const float>(mine.data(), static_cast<std::size_t>(mine.size())),
                         std::span<float>(points.data(), static_cast<std::size_t>(points.size())),
                         partition.counts(points.cols()));
    center(points, partition);
    mine = my_points();
    fresh = false;
  }

  void iterate();
};

/// One iteration, per rank: (4 q + 6) n^2 / p flops of repulsion, some (5 q + 3) 2 n k / p of attraction, O(n q) to
/// centre. Sent: 4 n q / p bytes to each other rank in one all-gather, and 12 bytes in two reductions for Z.
void State::Implementation::iterate() {
  const double exaggeration = early() ? options.early_exaggeration : 1.0;
  const double learning_rate =
      options.learning_rate > 0 ? options.learning_rate : static_cast<double>(partition.rows()) / exaggeration;

  const Repulsion& repelling = repulsion_now();
  if (sorts_at(step)) attraction.sort(points);
  attraction.pull(points, gradient);
  for (Index at = 0; at < gradient.size(); ++at) {
    gradient.data()[at] = exaggeration * gradient.data()[at] - repelling.forces.data()[at] / repelling.z;
  }
  steering.add_gradient(points, 1, gradient);
  optimizer.move(mine, gradient, {learning_rate, options.momentum, options.max_step_norm});
  gather_points();
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
             const Options& options, const Log& log, std::vector<Pull> pulls) {
  options.validate(graph.rows());
  check_start(comm, start, graph.rows(), options.dimensions);
  Stopwatch watch;
  self_.reset(new Implementation{
      comm, options, graph.partition, Attraction(joint_probabilities(comm, graph, options.perplexity)),
      Optimizer(graph.local_rows(), options.dimensions), Repeller(comm, graph.partition, options, log),
      Steering(comm, graph.partition, std::move(pulls)), RowMatrix(graph.rows(), options.dimensions), start.local,
      Repulsion{}, RowMatrixD()});
  self_->gather_points();
  log.line(format("t-SNE: affinities of %lld points in %s", static_cast<long long>(graph.rows()),
                  duration_text(watch.seconds()).c_str()));
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
  return self_->attraction.divergence(self_->comm, self_->points, self_->repulsion_now().z);
}

std::vector<double> State::pulled_distances() const {
  return self_->steering.mean_squared_distances(self_->points);
}

DistributedMatrix State::points() const {
  DistributedMatrix mine(self_->partition, self_->comm.rank(), self_->points.cols());
  mine.local = self_->mine;
  return mine;
}

Results tsne(const mpi::Communicator& comm, const NeighborGraph& graph, const DistributedMatrix& start,
             const Options& options, const ProgressCallback& progress, const Log& log, std::vector<Pull> pulls) {
  constexpr Index between_reports = 10, between_losses = 50;
  State state(comm, graph, start, options, log, std::move(pulls));
  Results results;
  while (state.step() < state.steps()) {
    const std::string phase = state.phase();
    state.run_until(std::min(state.steps(), (state.step() / between_reports + 1) * between_reports));
    double loss = std::numeric_limits<double>::quiet_NaN();
    if (state.step() % between_losses == 0) {
      loss = state.kl_divergence();
      results.kl_iterations.push_back(state.step());
      results.kl_history.push_back(loss);
    }
    if (progress) progress({phase, state.step(), state.steps(), loss});
  }
  results.kl_divergence = state.kl_divergence();
  results.pulled_distances = state.pulled_distances();
  results.points = state.points();
  return results;
}

}  // namespace replearn::tsne
