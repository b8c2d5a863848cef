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
#include "mpi/collectives.hpp"

namespace replearn::tsne {
namespace {

void check_start(const mpi::Communicator& comm, const NeighborGraph& graph, const DistributedMatrix& start,
                 const Options& options) {
  if (start.rows() != graph.rows() || start.columns() != options.dimensions) {
    throw InputError("", "start",
                     format("is %lld x %lld, but the map is %lld x %lld", static_cast<long long>(start.rows()),
                            static_cast<long long>(start.columns()), static_cast<long long>(graph.rows()),
                            static_cast<long long>(options.dimensions)),
                     "give a start of that shape");
  }
  mpi::together(comm, [&] {
    for (Index i = 0; i < start.local_rows(); ++i) {
      for (Index k = 0; k < start.columns(); ++k) {
        if (!std::isfinite(start.local(i, k))) {
          throw InputError("", "start, row " + std::to_string(start.first_row() + i), "is not finite",
                           "start from random points");
        }
      }
    }
  });
}

}  // namespace

struct State::Implementation {
  const mpi::Communicator& comm;
  Options options;
  RowPartition partition;
  Attraction attraction;  ///< holds the true P
  Optimizer optimizer;
  Repeller repeller;
  RowMatrix points, mine;  ///< all n x q, centred: the same on every rank; my rows of it
  Repulsion repelled;      ///< of `points`, if fresh
  RowMatrixD gradient;     ///< of my rows
  bool fresh = false;
  Index step = 0;
  double pulling = 0, repelling = 0, moving = 0;  ///< seconds so far on this rank, waiting for others included

  bool early() const { return step < options.early_exaggeration_iterations; }
  auto my_points() const { return points.middleRows(partition.begin(comm.rank()), partition.count(comm.rank())); }

  /// Both the next iteration and the KL divergence need it.
  const Repulsion& repulsion_now() {
    if (fresh) return repelled;
    const Stopwatch watch;
    repeller.repel(points, repelled);
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
    mine = my_points();
    fresh = false;
  }

  void iterate();
};

/// One iteration, per rank: attraction (see Attraction), 8 bytes of P a stored pair; repulsion by the method chosen
/// (see FftRepulsion, repel_by_tree, repulsion); O(n q) to centre. Sent: 4 n q / p bytes to each other rank in one
/// all-gather, 12 bytes in two reductions for Z, and what the method of repulsion sends.
void State::Implementation::iterate() {
  const double exaggeration = early() ? options.early_exaggeration : 1.0;
  const double learning_rate =
      options.learning_rate > 0 ? options.learning_rate : static_cast<double>(partition.rows()) / exaggeration;

  const Repulsion& repulsion = repulsion_now();
  Stopwatch watch;
  attraction.pull(points, gradient);
  pulling += watch.restart();
  for (Index at = 0; at < gradient.size(); ++at) {
    gradient.data()[at] = exaggeration * gradient.data()[at] - repulsion.forces.data()[at] / repulsion.z;
  }
  optimizer.move(mine, gradient, {learning_rate, options.momentum, options.max_step_norm});
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
  check_start(comm, graph, start, options);
  Stopwatch watch;
  self_.reset(new Implementation{
      comm, options, graph.partition, Attraction(joint_probabilities(comm, graph, options.perplexity)),
      Optimizer(graph.local_rows(), options.dimensions), Repeller(comm, graph.partition, options, log),
      RowMatrix(graph.rows(), options.dimensions), start.local, Repulsion{}, RowMatrixD()});
  self_->gather_points();
  log.line(format("t-SNE: affinities of %lld points in %s", static_cast<long long>(graph.rows()),
                  duration_text(watch.seconds()).c_str()));
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
  return self_->attraction.divergence(self_->comm, self_->points, self_->repulsion_now().z);
}

DistributedMatrix State::points() const {
  DistributedMatrix mine(self_->partition, self_->comm.rank(), self_->points.cols());
  mine.local = self_->mine;
  return mine;
}

Results tsne(const mpi::Communicator& comm, const NeighborGraph& graph, const DistributedMatrix& start,
             const Options& options, const ProgressCallback& progress, const Log& log) {
  constexpr Index between_reports = 10, between_losses = 50;
  State state(comm, graph, start, options, log);
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
  if (state.step() > 0) log.line("t-SNE: " + state.timing_text());
  results.points = state.points();
  return results;
}

}  // namespace replearn::tsne
