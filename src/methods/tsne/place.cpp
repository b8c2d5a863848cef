#include "methods/tsne/place.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/error.hpp"
#include "methods/tsne/conditionals.hpp"
#include "methods/tsne/optimizer.hpp"
#include "methods/tsne/reference_field.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::tsne {
namespace {

/// p_{j|i} of the local new points over their k nearest reference points.
struct Affinities {
  Index k;
  std::vector<Index> neighbors;  // local_rows x k
  std::vector<double> p;
  const Index* neighbors_of(Index i) const { return neighbors.data() + i * k; }
  const double* p_of(Index i) const { return p.data() + i * k; }
};

Affinities affinities(const mpi::Communicator& comm, const NeighborGraph& graph, Index references, double perplexity) {
  Affinities result{neighbors_to_place(perplexity, references), {}, {}};
  const auto k = static_cast<std::size_t>(result.k);
  result.p.resize(static_cast<std::size_t>(graph.local_rows()) * k);
  mpi::run_collectively(comm, [&] {
    for (std::size_t i = 0; i + 1 < graph.offsets.size(); ++i) {
      const auto begin = static_cast<std::size_t>(graph.offsets[i]),
                 end = static_cast<std::size_t>(graph.offsets[i + 1]);
      if (end - begin < k) {
        throw InputError("", "new row " + std::to_string(graph.first_row() + static_cast<Index>(i)),
                         "has " + std::to_string(end - begin) + " neighbors, but needs " + std::to_string(k),
                         "compute more neighbors, or lower the perplexity");
      }
      for (std::size_t at = begin; at < begin + k; ++at) {
        if (graph.indices[at] < 0 || graph.indices[at] >= references) {
          throw InputError("", "new row " + std::to_string(graph.first_row() + static_cast<Index>(i)),
                           "names " + std::to_string(graph.indices[at]) + " as a neighbor", "recompute the neighbors");
        }
        result.neighbors.push_back(graph.indices[at]);
      }
      conditional_probabilities({graph.distances.data() + begin, k}, perplexity, {result.p.data() + i * k, k});
    }
  });
  return result;
}

/// Median as in NumPy: the mean of the two middle values of an even number.
float median(std::vector<float>& values) {
  const auto half = static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), values.begin() + half, values.end());
  const float upper = values[half];
  if (values.size() % 2 == 1) return upper;
  return (upper + *std::max_element(values.begin(), values.begin() + half)) / 2;
}

RowMatrix first_points(const Affinities& near, const RowMatrix& map, Index count, PlaceStart start) {
  RowMatrix points(count, map.cols());
  std::vector<float> values(near.k);
  for (Index i = 0; i < count; ++i) {
    for (Index c = 0; c < map.cols(); ++c) {
      double mean = 0;
      for (Index j = 0; j < near.k; ++j) {
        values[j] = map(near.neighbors_of(i)[j], c);
        mean += near.p_of(i)[j] * static_cast<double>(values[j]);
      }
      points(i, c) = start == PlaceStart::median ? median(values) : static_cast<float>(mean);
    }
  }
  return points;
}

/// Gradient of a new point, half of dKL_i/dy, written to slope[0..q). All lengths are in units of sqrt(dof), see
/// gradient.hpp.
void slope_at(const ReferenceField& field, const RowMatrix& map, const float* y, const Index* neighbors,
              const double* p, Index k, double exaggeration, double* slope) {
  const Index q = map.cols();
  const double z = field.at(y, slope);
  for (Index c = 0; c < q; ++c) slope[c] /= -z;
  for (Index j = 0; j < k; ++j) {
    const float* other = map.data() + neighbors[j] * q;
    double square = 1;
    for (Index c = 0; c < q; ++c) square += std::pow(static_cast<double>(y[c] - other[c]), 2);
    for (Index c = 0; c < q; ++c) slope[c] += exaggeration * p[j] / square * static_cast<double>(y[c] - other[c]);
  }
}

void shorten(double* slope, Index q, double longest) {
  double square = 0;
  for (Index c = 0; c < q; ++c) square += slope[c] * slope[c];
  const double share = longest / (std::sqrt(square) + 1e-6);
  for (Index c = 0; share < 1 && c < q; ++c) slope[c] *= share;
}

double divergence_at(const ReferenceField& field, const RowMatrix& map, const float* y, const Index* neighbors,
                     const double* p, Index k, double dof) {
  std::vector<double> force(map.cols());
  const double log_z = std::log(field.at(y, force.data()));
  double sum = 0;
  for (Index j = 0; j < k; ++j) {
    double square = 1;
    for (Index c = 0; c < map.cols(); ++c) square += std::pow(static_cast<double>(y[c] - map(neighbors[j], c)), 2);
    if (p[j] > 0) sum += p[j] * (std::log(p[j]) + dof * std::log(square) + log_z);
  }
  return sum;
}

}  // namespace

void PlaceOptions::validate(Index references) const {
  if (references < 4) {
    throw InputError("", "reference", "has " + std::to_string(references) + " points",
                     "use a map of at least 4 points");
  }
  require(perplexity >= 1, "--place-perplexity", perplexity, "choose 1 or more");
  require(3 * perplexity <= static_cast<double>(references), "--place-perplexity", perplexity,
          fmt::format("choose at most {:g}, a third of the reference's cells",
                      std::floor(100 * static_cast<double>(references) / 3) / 100));
  require(exaggeration > 0 && std::isfinite(exaggeration), "--place-exaggeration", exaggeration,
          "choose a positive number");
  require(iterations >= 0, "--place-iterations", static_cast<double>(iterations), "choose 0 or more");
  require(learning_rate > 0 && std::isfinite(learning_rate), "--place-learning-rate", learning_rate,
          "choose a positive number");
  require(momentum >= 0 && momentum < 1, "--momentum", momentum, "choose a number of at least 0 and below 1");
  require(dof >= 0.1 && dof <= 100, "--dof", dof, "choose a number from 0.1 to 100");
  require(max_gradient_norm > 0, "--place-max-gradient-norm", max_gradient_norm, "choose a positive number");
}

Index neighbors_to_place(double perplexity, Index references) {
  return std::min(references, static_cast<Index>(std::floor(3 * perplexity)));
}

Results place(const mpi::Communicator& comm, const NeighborGraph& graph, const RowMatrix& map,
              const PlaceOptions& options, const ProgressCallback& progress, const Log& log) {
  constexpr Index between_reports = 10;
  constexpr double max_step_length = 5;
  options.validate(map.rows());
  if (!map.allFinite()) throw InputError("", "reference map", "contains values that are not finite", "recompute it");
  const RowPartition& partition = graph.partition;
  const Affinities near = affinities(comm, graph, map.rows(), options.perplexity);
  const auto width = static_cast<float>(std::sqrt(options.dof));
  const RowMatrix relative_to_width = options.dof == 1 ? map : map / width;
  const ReferenceField field(comm, relative_to_width,
                             static_cast<double>(graph.rows()) * static_cast<double>(options.iterations + 1),
                             options.dof);
  log.line(fmt::format("t-SNE: repulsion from {} reference points {}", map.rows(),
                       field.tabulated() ? "interpolated from a table" : "computed directly"));

  const Index mine = graph.local_rows();
  Results results;
  results.points = DistributedMatrix(partition, comm.rank(), map.cols());
  RowMatrix& points = results.points.local;
  points = first_points(near, map, mine, options.start);
  Optimizer optimizer(mine, map.cols());
  RowMatrixD gradient(mine, map.cols());
  RowMatrix place = points;
  for (Index step = 1; step <= options.iterations; ++step) {
    place = options.dof == 1 ? points : points / width;
    for (Index i = 0; i < mine; ++i) {
      double* slope = gradient.data() + i * map.cols();
      slope_at(field, relative_to_width, place.data() + i * map.cols(), near.neighbors_of(i), near.p_of(i), near.k,
               options.exaggeration, slope);
      for (Index c = 0; c < map.cols(); ++c) slope[c] *= static_cast<double>(width);
      shorten(slope, map.cols(), options.max_gradient_norm);
    }
    optimizer.move(points, gradient, {options.learning_rate, options.momentum, max_step_length});
    if (progress && (step % between_reports == 0 || step == options.iterations)) {
      progress({"", step, options.iterations, std::numeric_limits<double>::quiet_NaN()});
    }
  }

  place = options.dof == 1 ? points : points / width;
  std::vector<double> partials;
  for (Index block = partition.first_block(comm.rank()); block < partition.end_block(comm.rank()); ++block) {
    double sum = 0;
    for (Index row = partition.block_begin(block); row < partition.block_end(block); ++row) {
      const Index i = row - partition.begin(comm.rank());
      sum += divergence_at(field, relative_to_width, place.data() + i * map.cols(), near.neighbors_of(i), near.p_of(i),
                           near.k, options.dof);
    }
    partials.push_back(sum);
  }
  results.kl_divergence =
      mpi::reproducible_sum(comm, partials, partition.blocks()) / static_cast<double>(partition.rows());
  return results;
}

}  // namespace replearn::tsne
