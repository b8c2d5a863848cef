#include "methods/tsne/tsne.hpp"

#include <fmt/core.h>

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
#include "numerics/node_map.hpp"

namespace replearn::tsne {

struct State::Implementation {
  const mpi::Communicator& comm;
  Options options;
  RowPartition partition;
  Attraction attraction;  ///< holds the true P
  Optimizer optimizer;
  RepulsionSolver repulsion_solver;
  Penalties penalties;
  NodeMap map;            ///< all n x q points, centered
  NodeMap scaled_map;     ///< the map in units of the kernel width; unused if that is 1
  RowMatrix mine;         ///< local rows of `map`
  Repulsion repelled{};   ///< of `map`, if up to date
  RowMatrixD gradient{};  ///< of the local rows
  bool repulsion_is_current = false;
  Index step = 0, first_step = 0;  ///< first_step: the first of this process, after restoring a checkpoint
  double attraction_seconds = 0, repulsion_seconds = 0,
         update_seconds = 0;  ///< seconds on this rank, including waiting

  bool early() const { return step < options.early_exaggeration_iterations; }
  /// The width of the kernel in the map: sqrt(dof), see gradient.hpp.
  double width() const { return std::sqrt(options.dof); }
  MapView points() const { return map.points(); }
  MapView scaled_points() const { return options.dof == 1 ? map.points() : scaled_map.points(); }

  /// Used by both the next iteration and the KL divergence.
  const Repulsion& repulsion_now() {
    if (repulsion_is_current) return repelled;
    const Stopwatch watch;
    repulsion_solver.compute_repulsion(scaled_points(), repelled);
    repulsion_seconds += watch.seconds();
    repulsion_is_current = true;
    return repelled;
  }

  /// Gathers all points from `mine` of every rank. Points of a checkpoint are already centered; centering again would
  /// change their last bits.
  void gather_points(bool centered = false) {
    if (!centered) center(comm, partition, mine);
    map.all_gather(mine);
    if (options.dof != 1) scaled_map.all_gather(mine / static_cast<float>(width()));
    repulsion_is_current = false;
  }

  void iterate();
};

/// One iteration, per rank: attraction (see Attraction), 8 bytes of P per stored pair; repulsion by the chosen method
/// (see FftRepulsion, compute_repulsion_by_tree, repulsion); O(n q) to center. Sent: 4 n q bytes to each other node by
/// its leaders, 8 q bytes per block of rows in one all-gather, 12 bytes in two reductions for Z, plus the messages of
/// the repulsion method.
void State::Implementation::iterate() {
  const double exaggeration = options.exaggeration_at(step);
  const double learning_rate = options.learning_rate_at(step, partition.rows());

  const Repulsion& repulsion = repulsion_now();
  Stopwatch watch;
  attraction.compute_attraction(scaled_points(), gradient);
  attraction_seconds += watch.restart();
  for (Index at = 0; at < gradient.size(); ++at) {
    gradient.data()[at] = width() * (exaggeration * gradient.data()[at] - repulsion.forces.data()[at] / repulsion.z);
  }
  penalties.add_gradient(points(), 1, gradient);
  optimizer.move(
      mine, gradient,
      {learning_rate, early() ? options.initial_momentum : options.momentum, options.max_step_norm, options.min_gain});
  gather_points();
  update_seconds += watch.seconds();
  ++step;

  // Centering propagates non-finite values over their column, so checking the first point suffices; every rank has it.
  const auto now = points();
  for (Index k = 0; k < now.cols(); ++k) {
    if (std::isfinite(now(0, k))) continue;
    throw InputError("", "--learning-rate",
                     fmt::format("{:g} made the points diverge in iteration {}", learning_rate, step),
                     "choose a smaller one, or auto, and keep --max-step-norm");
  }
}

State::State(const mpi::Communicator& comm, const NeighborGraph& graph, const DistributedMatrix& start,
             const Options& options, const Log& log) {
  options.validate(graph.rows());
  check_start(comm, start, graph.rows(), options.dimensions);
  Stopwatch watch;
  auto p = joint_probabilities(comm, graph, options);
  log.line(fmt::format("t-SNE: affinities of {} points in {}", graph.rows(), duration_text(watch.seconds())));
  *this = State(comm, std::move(p), start, options, log);
}

State::State(const mpi::Communicator& comm, SparseRows p, const DistributedMatrix& start, const Options& options,
             const Log& log, std::vector<Pull> pulls) {
  options.validate(p.rows());
  check_start(comm, start, p.rows(), options.dimensions);
  const RowPartition partition = p.partition;
  self_.reset(new Implementation{
      comm, options, partition, Attraction(std::move(p)), Optimizer(start.local_rows(), options.dimensions),
      RepulsionSolver(comm, partition, options, log), Penalties(comm, partition, std::move(pulls)),
      NodeMap(comm, partition, options.dimensions), NodeMap(comm, partition, options.dof == 1 ? 0 : options.dimensions),
      start.local});
  self_->gather_points();
}

std::string State::timing_text() const {
  const double total = self_->attraction_seconds + self_->repulsion_seconds + self_->update_seconds;
  const Index iterations = self_->step - self_->first_step;
  if (iterations == 0) return "";
  const double read = self_->attraction.bytes() * static_cast<double>(iterations);
  return fmt::format(
      "{} iterations in {}: attraction {:.0f} % ({:.1f} GB/s of P per rank), repulsion {:.0f} %, the rest {:.0f} %",
      iterations, duration_text(total), 100 * self_->attraction_seconds / total,
      1e-9 * read / self_->attraction_seconds, 100 * self_->repulsion_seconds / total,
      100 * self_->update_seconds / total);
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
  return self_->attraction.divergence(self_->comm, self_->scaled_points(), self_->repulsion_now().z,
                                      self_->options.dof);
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
  return self_->penalties.mean_squared_distances(self_->points());
}
double State::pulled_cost() const {
  return self_->penalties.cost(self_->points());
}

DistributedMatrix State::points() const {
  DistributedMatrix mine(self_->partition, self_->comm.rank(), self_->mine.cols());
  mine.local = self_->mine;
  return mine;
}

NamedArrays State::arrays() {
  NamedArrays arrays = self_->optimizer.arrays(self_->partition);
  arrays.push_back({"step", &self_->step, {}});
  arrays.push_back({"points", &self_->mine, self_->partition});
  return arrays;
}

void State::resume() {
  self_->first_step = self_->step;
  self_->gather_points(true);
}

}  // namespace replearn::tsne
