#include "methods/tsne/place.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.hpp"
#include "methods/tsne/conditionals.hpp"
#include "methods/tsne/reference_field.hpp"
#include "mpi/collectives.hpp"
#include "support/maps.hpp"
#include "support/read_binary.hpp"
#include "support/reference/dense_tsne.hpp"
#include "support/test_comm.hpp"

namespace replearn::tsne {
namespace {

/// The k nearest of `references` for my part of the rows of `queries`, both whole on every rank.
NeighborGraph graph_among(const mpi::Communicator& comm, const RowMatrix& queries, const RowMatrix& references,
                          Index k) {
  NeighborGraph graph{RowPartition(queries.rows(), comm.size()), comm.rank(), {0}, {}, {}};
  for (Index i = graph.first_row(); i < graph.partition.end(graph.rank); ++i) {
    std::vector<std::pair<float, Index>> all;
    for (Index j = 0; j < references.rows(); ++j) {
      all.emplace_back(std::sqrt((queries.row(i) - references.row(j)).squaredNorm()), j);
    }
    std::sort(all.begin(), all.end());
    for (Index j = 0; j < k; ++j) {
      graph.distances.push_back(all[static_cast<std::size_t>(j)].first);
      graph.indices.push_back(all[static_cast<std::size_t>(j)].second);
    }
    graph.offsets.push_back(static_cast<Index>(graph.indices.size()));
  }
  return graph;
}

/// Blood cells: the first 500 are the reference, the others new.
struct Blood {
  RowMatrix x = test::read_matrix("tsne/pbmc68k_pca.f32", 50);
  RowMatrix map = test::read_matrix("tsne/pbmc68k_map.f32", 2).topRows(500);
  NeighborGraph graph(const mpi::Communicator& comm) const {
    return graph_among(comm, x.bottomRows(200), x.topRows(500), 15);
  }
};

/// Of rows, ascending.
std::vector<float> distances(const RowMatrix& a, const RowMatrix& b) {
  const Eigen::ArrayXf between = (a - b).rowwise().norm();
  std::vector<float> all(between.begin(), between.end());
  std::sort(all.begin(), all.end());
  return all;
}

/// openTSNE's search for the perplexity gives up early in some rows (underflow: the p of 16 are up to 0.05 off; with
/// its own p NumPy follows all of them): these end a little beside.
TEST(TsnePlace, StepsAreOpenTsnes) {
  const Blood blood;
  const auto graph = blood.graph(test::comm());
  for (const Index iterations : {20, 250}) {
    PlaceOptions options;
    options.iterations = iterations;
    const RowMatrix ours = all_gather_rows(test::comm(), place(test::comm(), graph, blood.map, options).points);
    const std::string file = iterations == 20 ? "tsne/opentsne_placed_20.f32" : "tsne/opentsne_placed.f32";
    const auto between = distances(ours, test::read_matrix(file, 2));
    EXPECT_LT(between[100], 2e-4f) << iterations;
    EXPECT_LT(between[180], 2e-3f) << iterations;
    EXPECT_LT(between[199], 0.5f) << iterations;  // of a map 60 wide
  }
}

class TsnePlaceDof : public testing::TestWithParam<double> {};
INSTANTIATE_TEST_SUITE_P(Dof, TsnePlaceDof, testing::Values(1.0, 0.5, 4.0));

TEST_P(TsnePlaceDof, ComesToRestWhereTheDivergenceHasNoSlope) {
  const Blood blood;
  PlaceOptions options;
  options.dof = GetParam();
  options.exaggeration = 1;
  options.learning_rate = 1;
  options.iterations = 1500;
  const auto graph = blood.graph(test::comm());
  const Results rest = place(test::comm(), graph, blood.map, options);
  const double kl = rest.kl_divergence;
  options.iterations = 0;
  EXPECT_LT(kl, place(test::comm(), graph, blood.map, options).kl_divergence);
  // The KL of one point, from its definition, does not fall to any side.
  std::vector<double> p(15);
  double sum = 0;
  for (Index i = 0; i < rest.points.local_rows(); ++i) {
    conditional_probabilities({graph.distances.data() + 15 * i, 15}, 5, p);
    const auto kl_at = [&](const Eigen::RowVectorXd& y) {
      const Eigen::ArrayXd squares = (blood.map.cast<double>().rowwise() - y).rowwise().squaredNorm().array();
      const Eigen::ArrayXd w =
          squares.unaryExpr([&](double square) { return std::pow(1 + square / options.dof, -options.dof); });
      double of_point = 0;
      for (std::size_t j = 0; j < 15; ++j) {
        of_point += p[j] * std::log(p[j] / (w(graph.indices[static_cast<std::size_t>(15 * i) + j]) / w.sum()));
      }
      return of_point;
    };
    const Eigen::RowVectorXd y = rest.points.local.row(i).cast<double>();
    sum += kl_at(y);
    for (Index k = 0; k < 2; ++k) {
      for (const double h : {-0.5, 0.5}) {
        Eigen::RowVectorXd beside = y;
        beside(k) += h;
        EXPECT_GT(kl_at(beside), kl_at(y)) << "new point " << i;
      }
    }
  }
  EXPECT_NEAR(kl, mpi::all_reduce(test::comm(), sum, mpi::Reduction::sum) / 200, 1e-3);
}

TEST(TsnePlace, FieldIsTheSumOverAllPointsWithATableAndWithout) {
  for (const auto& [q, dof] : {std::pair<Index, double>{1, 1}, {2, 1}, {3, 1}, {1, 0.5}, {2, 0.5}, {2, 3}}) {
    for (const auto& [name, map] : test::maps(500, q)) {
      if (dof != 1 && name != "wide as the kernel" && name != "off center") continue;  // others take long tables
      const ReferenceField direct(test::comm(), map, 0, dof), table(test::comm(), map, 1e12, dof);
      EXPECT_FALSE(direct.tabulated());
      EXPECT_EQ(table.tabulated(), q < 3);
      double z_error = 0, z_all = 0, force_error = 0, force_all = 0;
      const RowMatrix around = 0.3f * test::random_rows(500, q, 231);
      for (Index i = 0; i < 100; ++i) {
        const RowMatrix y = map.row(i) + around.row(i);
        const RowMatrixD apart = (-map).cast<double>().rowwise() + y.row(0).cast<double>();
        const Eigen::ArrayXd u = (1 + apart.rowwise().squaredNorm().array()).inverse();
        const Eigen::ArrayXd w = u.unaryExpr([dof = dof](double x) { return std::pow(x, dof); });
        const Eigen::RowVectorXd force = (apart.array().colwise() * (w * u)).colwise().sum();
        Eigen::RowVectorXd found(q);
        EXPECT_NEAR(direct.at(y.data(), found.data()), w.sum(), 1e-5 * w.sum()) << name;
        EXPECT_LT((found - force).norm(), 1e-5 * w.sum()) << name;
        z_error += std::pow(table.at(y.data(), found.data()) - w.sum(), 2);
        z_all += std::pow(w.sum(), 2);
        force_error += (found - force).squaredNorm();
        force_all += force.squaredNorm();
      }
      EXPECT_LT(std::sqrt(z_error / z_all), 3e-4) << name << ", q " << q;
      EXPECT_LT(std::sqrt(force_error / force_all), 1e-3) << name << ", q " << q;
    }
  }
}

TEST(TsnePlace, PointsFarOutsideAreTakenIn) {
  const RowMatrix map = test::random_rows(300, 2, 232);
  const ReferenceField table(test::comm(), map, 1e12);
  EXPECT_TRUE(table.tabulated());
  const float y[2] = {1000, -3000};
  double force[2];
  EXPECT_NEAR(table.at(y, force), 300.0 / 1e7, 1e-7);
  EXPECT_GT(force[0], 0);
  EXPECT_LT(force[1], 0);
}

TEST(TsnePlace, IsEqualToTheBitOnAnyNumberOfRanks) {
  const auto alone = test::comm().split(test::comm().rank());
  const RowMatrix x = test::clusters(1500, 8, 9, 4, 1, 233);
  for (const Index q : {2, 3}) {
    const RowMatrix map = test::clusters(300, q, 9, 6, 1, 234);
    const auto run = [&](const mpi::Communicator& comm) {
      PlaceOptions options;
      options.iterations = q == 2 ? 100 : 10;  // with a table, and without
      options.start = q == 2 ? PlaceStart::median : PlaceStart::weighted;
      const auto graph = graph_among(comm, x.topRows(1200), x.bottomRows(300), 15);
      const auto results = place(comm, graph, map, options);
      return std::pair(all_gather_rows(comm, results.points), results.kl_divergence);
    };
    EXPECT_EQ(run(test::comm()), run(alone)) << q;
  }
}

TEST(TsnePlace, OfOnePointAndOfDuplicates) {
  const RowMatrix map = test::random_rows(40, 2, 235);
  PlaceOptions options;
  options.iterations = 0;
  const RowMatrix x = RowMatrix::Ones(40, 3);
  const auto placed = place(test::comm(), graph_among(test::comm(), x.topRows(1), x, 15), map, options);
  std::vector<float> values(15);  // all are as near: the first 15 rows, an odd number
  for (Index k = 0; k < 2; ++k) {
    for (Index j = 0; j < 15; ++j) values[static_cast<std::size_t>(j)] = map(j, k);
    std::sort(values.begin(), values.end());
    if (placed.points.local_rows() == 1) {
      EXPECT_EQ(placed.points.local(0, k), values[7]);
    }
  }
  EXPECT_TRUE(std::isfinite(placed.kl_divergence));
}

TEST(TsnePlace, RefusesWhatDoesNotFit) {
  const RowMatrix map = test::random_rows(40, 2, 236), x = test::random_rows(40, 3, 237);
  const auto refused = [&](PlaceOptions options, Index k, const RowMatrix& reference, const std::string& place_named) {
    try {
      place(test::comm(), graph_among(test::comm(), x, x, k), reference, options);
      ADD_FAILURE() << "no error";
    } catch (const InputError& error) {
      EXPECT_NE(error.place().find(place_named), std::string::npos) << error.what();
    }
  };
  PlaceOptions wide;
  wide.perplexity = 14;
  refused(wide, 15, map, "--place-perplexity");
  refused({}, 7, map, "new row");
  refused({}, 15, map.topRows(20), "new row");  // names rows that the map does not have
  RowMatrix spoilt = map;
  spoilt(3, 1) = std::nanf("");
  refused({}, 15, spoilt, "reference map");
}

}  // namespace
}  // namespace replearn::tsne
