#include "methods/tsne/sne.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/error.hpp"
#include "methods/tsne/affinities.hpp"
#include "methods/tsne/conditionals.hpp"
#include "methods/tsne/gaussian_kernel.hpp"
#include "methods/tsne/optimizer.hpp"
#include "methods/tsne/start.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::tsne {
namespace {

/// Sum over all rows of term(local row), bitwise identical on any number of ranks.
template <class Term>
double sum_over_rows(const mpi::Communicator& comm, const RowPartition& partition, Term term) {
  std::vector<double> partials;
  for (Index block = partition.first_block(comm.rank()); block < partition.end_block(comm.rank()); ++block) {
    double sum = 0;
    for (Index row = partition.block_begin(block); row < partition.block_end(block); ++row) {
      sum += term(row - partition.begin(comm.rank()));
    }
    partials.push_back(sum);
  }
  return mpi::reproducible_sum(comm, partials, partition.blocks());
}

/// sum_ij p_{j|i} log p_{j|i}.
double minus_entropy(const mpi::Communicator& comm, const NeighborGraph& graph, const Options& options) {
  std::vector<double> p(options.neighbors_needed(graph.rows()));
  Conditionals conditionals(options);
  return sum_over_rows(comm, graph.partition, [&](Index i) {
    const float* distances = graph.distances.data() + graph.offsets[i];
    conditionals.of_row({distances, p.size()}, p);
    double sum = 0;
    for (const double each : p) sum += each > 0 ? each * std::log(each) : 0;
    return sum;
  });
}

}  // namespace

struct SneState::Implementation {
  const mpi::Communicator& comm;
  Options options;
  RowPartition partition;
  SparseRows p;          ///< (p_{j|i} + p_{i|j}) / 2n
  double minus_entropy;  ///< minus the entropy of the p_{j|i}
  Optimizer optimizer;
  Penalties penalties;
  RowMatrix points, mine;  ///< all n x q, centered, identical on every rank; the local rows
  GaussianSums sums;       ///< of all rows, if up to date
  bool sums_are_current = false;
  Index step = 0;

  double n() const { return static_cast<double>(partition.rows()); }
  Index first() const { return partition.begin(comm.rank()); }
  void gather_points(bool centered = false);
  const GaussianSums& sums_now();
  RowMatrixD quarter_gradient();
  double squared_distance(Index row, Index other) const {
    return (points.row(row) - points.row(other)).cast<double>().squaredNorm();
  }
};

/// Points of a checkpoint are already centered, see State.
void SneState::Implementation::gather_points(bool centered) {
  if (!centered) center(comm, partition, mine);
  mpi::all_gather_into(comm, std::span<const float>(mine.data(), static_cast<std::size_t>(mine.size())),
                       std::span<float>(points.data(), static_cast<std::size_t>(points.size())),
                       partition.counts(points.cols()));
  sums_are_current = false;
}

/// Used by both the next iteration and the divergence.
const GaussianSums& SneState::Implementation::sums_now() {
  if (sums_are_current) return sums;
  const GaussianSums of_mine = gaussian_sums(partition, comm.rank(), points);
  sums.nearest = mpi::all_gather_v(comm, of_mine.nearest);
  sums.log_sums = mpi::all_gather_v(comm, of_mine.log_sums);
  sums_are_current = true;
  return sums;
}

/// A quarter of d(C / n)/dy, including that of the pulls, for the local rows.
RowMatrixD SneState::Implementation::quarter_gradient() {
  RowMatrixD gradient = gaussian_repulsion(partition, comm.rank(), points, sums_now());
  gradient *= -1 / (2 * n());
  for (Index i = 0; i < gradient.rows(); ++i) {
    const auto own = points.row(first() + i).cast<double>();
    for (Index at = p.offsets[i]; at < p.offsets[static_cast<std::size_t>(i) + 1]; ++at) {
      const double weight = static_cast<double>(p.values[at]);
      gradient.row(i) += weight * (own - points.row(p.indices[at]).cast<double>());
    }
  }
  penalties.add_gradient(points, 1 / n(), gradient);
  return gradient;
}

SneState::SneState(const mpi::Communicator& comm, const NeighborGraph& graph, const DistributedMatrix& start,
                   const Options& options, const Log& log, std::vector<Pull> pulls) {
  constexpr Index many = 30000;
  options.validate(graph.rows());
  check_start(comm, start, graph.rows(), options.dimensions);
  if (options.affinities == AffinityKind::uniform || options.affinities == AffinityKind::given) {
    throw InputError("", "--affinities",
                     "define no conditional distribution per point, which the Gaussian kernel requires",
                     "choose perplexity or gaussian, or --kernel student");
  }
  if (graph.rows() > many) {
    log.warning(fmt::format("SNE computes all pairs of {} points in each iteration, unlike t-SNE (the Student kernel)",
                            graph.rows()));
  }
  SparseRows p = joint_probabilities(comm, graph, options);
  self_.reset(new Implementation{comm, options, graph.partition, std::move(p), minus_entropy(comm, graph, options),
                                 Optimizer(graph.local_rows(), options.dimensions),
                                 Penalties(comm, graph.partition, std::move(pulls)),
                                 RowMatrix(graph.rows(), options.dimensions), start.local, GaussianSums{}});
  self_->gather_points();
}

SneState::~SneState() = default;
SneState::SneState(SneState&&) noexcept = default;

void SneState::run_until(Index step) {
  Implementation& self = *self_;
  const double learning_rate = self.options.learning_rate > 0 ? self.options.learning_rate : self.n() / 4;
  for (; self.step < step; ++self.step) {
    self.optimizer.move(self.mine, self.quarter_gradient(),
                        {learning_rate, self.options.momentum, self.options.max_step_norm, self.options.min_gain});
    self.gather_points();
    if (self.points.row(0).allFinite()) continue;  // centering propagates non-finite values over their column
    throw InputError("", "--learning-rate",
                     fmt::format("{:g} made the points diverge in iteration {}", learning_rate, self.step + 1),
                     "choose a smaller one, or 0 for points / 4, and keep --max-step-norm");
  }
}

Index SneState::step() const {
  return self_->step;
}
Index SneState::steps() const {
  return self_->options.iterations;
}

/// log q_{j|i} = -|y_i - y_j|^2 - log sum_k e_ik, and P's rows sum to 1.
double SneState::divergence() {
  const Implementation& self = *self_;
  const GaussianSums& sums = self_->sums_now();
  return self.minus_entropy + sum_over_rows(self.comm, self.partition, [&](Index i) {
           const Index row = self.first() + i;
           double sum = static_cast<double>(sums.log_sums[row]) - static_cast<double>(sums.nearest[row]);
           for (auto at = static_cast<std::size_t>(self.p.offsets[i]);
                at < static_cast<std::size_t>(self.p.offsets[static_cast<std::size_t>(i) + 1]); ++at) {
             sum += self.n() * static_cast<double>(self.p.values[at]) * self.squared_distance(row, self.p.indices[at]);
           }
           return sum;
         });
}

std::vector<double> SneState::pulled_distances() const {
  return self_->penalties.mean_squared_distances(self_->points);
}

RowMatrixD SneState::gradient() {
  return 4 * self_->n() * self_->quarter_gradient();
}

DistributedMatrix SneState::points() const {
  DistributedMatrix mine(self_->partition, self_->comm.rank(), self_->points.cols());
  mine.local = self_->mine;
  return mine;
}

NamedArrays SneState::arrays() {
  NamedArrays arrays = self_->optimizer.arrays(self_->partition);
  arrays.push_back({"step", &self_->step, {}});
  arrays.push_back({"points", &self_->mine, self_->partition});
  return arrays;
}

void SneState::resume() {
  self_->gather_points(true);
}

void SneRun::run_until(Index step) {
  constexpr Index between_losses = 50;
  step = std::min(step, state_.steps());
  while (state_.step() < step) {
    state_.run_until(std::min(step, (state_.step() / between_losses + 1) * between_losses));
    if (state_.step() % between_losses != 0) continue;
    iterations_.push_back(state_.step());
    history_.push_back(state_.divergence());
  }
}

Progress SneRun::progress() const {
  return {"", state_.step(), state_.steps(),
          history_.empty() ? std::numeric_limits<double>::quiet_NaN() : history_.back()};
}

NamedArrays SneRun::arrays() {
  NamedArrays arrays = state_.arrays();
  arrays.push_back({"kl/iterations", &iterations_, {}});
  arrays.push_back({"kl/values", &history_, {}});
  return arrays;
}

Results SneRun::results() {
  Results results;
  results.kl_divergence = state_.divergence();
  results.pulled_distances = state_.pulled_distances();
  results.points = state_.points();
  results.kl_iterations = std::move(iterations_);
  results.kl_history = std::move(history_);
  return results;
}

Results sne(const mpi::Communicator& comm, const NeighborGraph& graph, const DistributedMatrix& start,
            const Options& options, const ProgressCallback& progress, const Log& log, std::vector<Pull> pulls) {
  constexpr Index between_reports = 10;
  SneRun run(SneState(comm, graph, start, options, log, std::move(pulls)));
  while (!run.done()) {
    run.run_until(run.step() + between_reports);
    if (progress) progress(run.progress());
  }
  return run.results();
}

}  // namespace replearn::tsne
