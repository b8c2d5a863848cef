#include "methods/umap/umap.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>

#include "base/error.hpp"
#include "methods/neighbors/connectivities.hpp"
#include "methods/umap/edge_sampler.hpp"
#include "methods/umap/moves.hpp"
#include "mpi/collectives.hpp"
#include "support/graphs.hpp"
#include "support/random_rows.hpp"
#include "support/test_comm.hpp"

namespace replearn::umap {
namespace {

using test::comm;

constexpr Index n = 200;

SparseRows weights_of(const mpi::Communicator& ranks) {
  return neighbors::connectivities(ranks, test::graph_of(ranks, test::random_rows(n, 5, 71), 12));
}

/// umap.umap_.find_ab_params(spread, min_dist) of umap-learn 0.5, whose fit ends at 1e-8 of the parameters.
TEST(Umap, CurveIsThatOfUmapLearn) {
  const std::vector<std::array<double, 4>> known = {{1, 0.1, 1.5769434602697652, 0.8950608778515733},
                                                    {1, 0.5, 0.5830300203414425, 1.3341669924314914},
                                                    {1, 0.0, 1.93280839734315, 0.7904949732233831},
                                                    {2.5, 1.0, 0.08160366299515562, 1.222563855517158}};
  for (const auto& [spread, min_dist, a, b] : known) {
    const Curve curve = fit_curve(min_dist, spread);
    EXPECT_NEAR(curve.a, a, 1e-6);
    EXPECT_NEAR(curve.b, b, 1e-6);
  }
}

using Sample = std::tuple<Index, std::size_t, Index, Index>;  // epoch, part, head, tail

/// The samples of all ranks, found by their heads or by their tails.
std::vector<Sample> all_samples(EdgeSampler& sampler, Index first_row, Index epochs, bool by_head) {
  std::vector<Index> mine;
  for (Index epoch = 0; epoch < epochs; ++epoch) {
    const auto& parts = sampler.draw(epoch);
    for (std::size_t part = 0; part < parts.size(); ++part) {
      for (const auto& sample : parts[part]) {
        if (sample.is_head != by_head) continue;
        const Index row = first_row + sample.row, other = sample.other;
        for (const Index value : {epoch, static_cast<Index>(part), by_head ? row : other, by_head ? other : row}) {
          mine.push_back(value);
        }
      }
    }
  }
  const auto all = mpi::all_gather_v(comm(), mine);
  std::vector<Sample> samples;
  for (std::size_t at = 0; at < all.size(); at += 4) {
    samples.emplace_back(all[at], static_cast<std::size_t>(all[at + 1]), all[at + 2], all[at + 3]);
  }
  std::sort(samples.begin(), samples.end());
  return samples;
}

TEST(Umap, BothEndsFindTheSamplesOfAnEdgeAtItsRate) {
  constexpr Index epochs = 40;
  const SparseRows graph = weights_of(comm());
  EdgeSampler sampler(comm(), graph, epochs, 5);
  const auto by_heads = all_samples(sampler, graph.first_row(), epochs, true);
  EXPECT_EQ(by_heads, all_samples(sampler, graph.first_row(), epochs, false));
  std::map<std::pair<Index, Index>, Index> count;
  std::vector<Index> of_part(EdgeSampler::parts, 0);
  for (const auto& [epoch, part, head, tail] : by_heads) {
    ++count[{head, tail}];
    ++of_part[part];
  }
  const float largest = mpi::all_reduce(comm(), *std::max_element(graph.values.begin(), graph.values.end()),
                                        mpi::Reduction::max);
  for (Index i = 0; i < graph.local_rows(); ++i) {
    for (Index at = graph.offsets[i]; at < graph.offsets[static_cast<std::size_t>(i) + 1]; ++at) {
      const double expected = epochs * static_cast<double>(graph.values[at] / largest);
      const Index found = count[{graph.first_row() + i, Index{graph.indices[at]}}];
      if (expected < 1) {
        EXPECT_EQ(found, 0);
      } else {
        EXPECT_LT(std::abs(static_cast<double>(found) - expected), 1);
      }
    }
  }
  // Offsets spread the edges evenly over the parts, within 5 standard errors. An edge of rate 1 is in the same part in
  // each epoch.
  double variance = 0;
  for (const auto& [edge, times] : count) variance += static_cast<double>(times * times) / EdgeSampler::parts;
  const double expected = static_cast<double>(by_heads.size()) / EdgeSampler::parts;
  for (const Index part : of_part) EXPECT_NEAR(static_cast<double>(part), expected, 5 * std::sqrt(variance));
}

/// The equations of Run in float64.
Eigen::VectorXd attraction(const Curve& c, const Eigen::VectorXd& difference) {
  const double square = difference.squaredNorm();
  const double factor = -2 * c.a * c.b * std::pow(square, c.b - 1) / (1 + c.a * std::pow(square, c.b));
  return (factor * difference).cwiseMax(-4).cwiseMin(4);
}
Eigen::VectorXd repulsion(const Curve& c, double strength, const Eigen::VectorXd& difference) {
  const double square = difference.squaredNorm();
  const double factor = 2 * strength * c.b / ((0.001 + square) * (1 + c.a * std::pow(square, c.b)));
  return (factor * difference).cwiseMax(-4).cwiseMin(4);
}

/// Of two points, negative samples are the other point or the point itself, which is left out.
TEST(Umap, MovesAreThoseOfTheEquations) {
  for (const Index q : {1, 2, 3, 5}) {
    for (const float scale : {1e-3f, 0.3f, 1.0f, 3.0f}) {
      const RowMatrix points = scale * test::random_rows(2, q, 4);
      const Eigen::VectorXd difference = (points.row(0) - points.row(1)).cast<double>();
      Options options;
      options.min_dist = 0.1;
      options.repulsion_strength = 0.7;
      options.negative_sample_rate = 11;  // more than are computed at a time
      const Curve curve = options.curve();
      Index drawn = 0;
      for (const bool is_head : {false, true}) {
        for (Index epoch = 0; epoch < 20; ++epoch) {
          RowMatrix mine = points;
          Moves(options, 0.25f, epoch).apply({{0, 1, is_head}}, {points.data(), 2, q}, 0, mine);
          EXPECT_EQ(mine.row(1), points.row(1));
          const Eigen::VectorXd moved = (mine.row(0) - points.row(0)).cast<double>();
          const Eigen::VectorXd rest = moved / 0.25 - attraction(curve, difference);
          const Eigen::VectorXd unit = repulsion(curve, 0.7, difference);
          const auto times = static_cast<Index>(std::round(rest.dot(unit) / unit.squaredNorm()));
          EXPECT_TRUE(is_head ? times >= 0 && times <= 11 : times == 0) << times;
          drawn += times;
          const double size = attraction(curve, difference).norm() + 11 * unit.norm();
          EXPECT_LT((rest - static_cast<double>(times) * unit).norm(), 1e-5 * size + 5e-6 * static_cast<double>(scale));
        }
      }
      EXPECT_NEAR(static_cast<double>(drawn), 110, 5 * std::sqrt(55.0));  // of 20 x 11, half: within 5 standard errors
    }
  }
}

Options short_run() {
  Options options;
  options.epochs = 30;
  options.seed = 9;
  return options;
}

TEST(Umap, IsTheSameOnAnyNumberOfRanksAndInAnyPieces) {
  const auto options = short_run();
  const auto alone = comm().split(comm().rank());
  const auto graph = weights_of(comm()), whole = weights_of(alone);
  umap::Run run(comm(), graph, random_start(graph.partition, graph.rank, 2, 3), options);
  umap::Run reference(alone, whole, random_start(whole.partition, whole.rank, 2, 3), options);
  reference.run_until(options.epochs);
  for (const Index step : {1, 2, 9, 100}) run.run_until(step);
  EXPECT_TRUE(run.done());
  const auto mine = run.points();
  EXPECT_EQ(mine.local, reference.points().local.middleRows(mine.first_row(), mine.local_rows()));
}

TEST(Umap, ContinuesFromItsArrays) {
  const auto options = short_run();
  const auto graph = weights_of(comm());
  const auto start = random_start(graph.partition, graph.rank, 3, 3);
  auto in_space = options;
  in_space.dimensions = 3;
  umap::Run run(comm(), graph, start, in_space), again(comm(), graph, start, in_space);
  run.run_until(11);
  const auto from = run.arrays(), to = again.arrays();
  *std::get<Index*>(to[0].place) = *std::get<Index*>(from[0].place);
  *std::get<RowMatrix*>(to[1].place) = *std::get<RowMatrix*>(from[1].place);
  again.resume();
  EXPECT_EQ(again.step(), 11);
  run.run_until(30);
  again.run_until(30);
  EXPECT_EQ(run.points().local, again.points().local);
}

TEST(Umap, StartIsScaledToTheBoxOfUmapLearn) {
  const auto graph = weights_of(comm());
  auto start = random_start(graph.partition, graph.rank, 2, 3);
  start.local.col(1).setConstant(7);
  const auto scaled = scaled_start(comm(), start, 1);
  float lowest = scaled.local.rows() > 0 ? scaled.local.col(0).minCoeff() : 0;
  float highest = scaled.local.rows() > 0 ? scaled.local.col(0).maxCoeff() : 0;
  lowest = mpi::all_reduce(comm(), lowest, mpi::Reduction::min);
  highest = mpi::all_reduce(comm(), highest, mpi::Reduction::max);
  EXPECT_NEAR(lowest, 0, 1e-3);
  EXPECT_NEAR(highest, 10, 1e-3);
  for (Index i = 0; i < scaled.local_rows(); ++i) EXPECT_NEAR(scaled.local(i, 1), 0, 1e-3);
}

TEST(Umap, RefusesWhatIsNoGraph) {
  const auto graph = weights_of(comm());
  const auto start = random_start(graph.partition, graph.rank, 2, 3);
  auto negative = graph, empty = graph;
  if (comm().rank() == comm().size() - 1) negative.values.back() = -1;
  std::fill(empty.values.begin(), empty.values.end(), 0.0f);
  EXPECT_THROW(umap::Run(comm(), negative, start, {}), InputError);
  EXPECT_THROW(umap::Run(comm(), empty, start, {}), InputError);
  Options options;
  options.dimensions = 3;
  EXPECT_THROW(umap::Run(comm(), graph, start, options), InputError);
  options = {};
  options.a = 1;
  EXPECT_THROW(options.validate(), InputError);
}

}  // namespace
}  // namespace replearn::umap
