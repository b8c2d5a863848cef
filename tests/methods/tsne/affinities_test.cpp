#include "methods/tsne/affinities.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "base/error.hpp"
#include "methods/tsne/tsne.hpp"
#include "mpi/collectives.hpp"
#include "support/graphs.hpp"
#include "support/random_rows.hpp"
#include "support/read_binary.hpp"
#include "support/reference/dense_tsne.hpp"
#include "support/test_comm.hpp"

namespace replearn::tsne {
namespace {

double entropy_of(const std::vector<float>& distances, double perplexity) {
  std::vector<double> p(distances.size());
  conditional_probabilities(distances, perplexity, p);
  double sum = 0;
  for (const double value : p) sum += value;
  EXPECT_NEAR(sum, 1, 1e-12);
  return test::entropy(Eigen::Map<Eigen::VectorXd>(p.data(), static_cast<Index>(p.size())));
}

TEST(ConditionalProbabilities, HaveTheEntropyOfThePerplexity) {
  std::vector<float> distances(90);
  for (const float scale : {1e-15f, 1.0f, 1e15f}) {
    for (const float offset : {0.0f, 1.0f, 1000.0f}) {
      for (std::size_t j = 0; j < distances.size(); ++j)
        distances[j] = scale * (offset + std::sqrt(static_cast<float>(j)));
      for (const double perplexity : {1.5, 5.0, 30.0, 60.0, 89.0}) {
        EXPECT_NEAR(entropy_of(distances, perplexity), std::log(perplexity), 1e-5) << scale << " " << offset;
      }
    }
  }
}

TEST(ConditionalProbabilities, OfPerplexityOneAreAllOnTheNearest) {
  EXPECT_NEAR(entropy_of({1, 2, 3}, 1), 0, 1e-5);
}

TEST(ConditionalProbabilities, OfDuplicatesAreUniform) {
  std::vector<double> p(90);
  for (const float distance : {0.0f, 7.0f}) {
    conditional_probabilities(std::vector<float>(90, distance), 30, p);
    for (const double value : p) EXPECT_DOUBLE_EQ(value, 1.0 / 90);
  }
}

TEST(ConditionalProbabilities, OfMoreTiesThanThePerplexityAreSharedByThem) {
  std::vector<float> distances(90, 0.0f);
  for (std::size_t j = 40; j < 90; ++j) distances[j] = 1;
  std::vector<double> p(90);
  conditional_probabilities(distances, 30, p);
  for (std::size_t j = 0; j < 90; ++j) EXPECT_NEAR(p[j], j < 40 ? 1.0 / 40 : 0, 1e-12);
}

TEST(ConditionalProbabilities, AreNotToldByTheStepsOfTheSearch) {
  // Entropy to 1e-8: rows whose search takes few and many steps.
  std::vector<double> p(90);
  for (const float power : {0.01f, 0.5f, 3.0f}) {
    std::vector<float> distances;
    for (int j = 0; j < 90; ++j) distances.push_back(std::pow(1.0f + static_cast<float>(j), power));
    for (const double perplexity : {1.001, 30.0, 89.9}) {
      EXPECT_NEAR(entropy_of(distances, perplexity), std::log(perplexity), 2e-8) << power << " " << perplexity;
    }
  }
}

TEST(ConditionalProbabilities, OfSeveralPerplexitiesAreTheirMean) {
  std::vector<float> distances;
  for (int j = 0; j < 90; ++j) distances.push_back(1.0f + std::sqrt(static_cast<float>(j)));
  std::vector<double> both(90), one(90), other(90);
  Options options;
  options.perplexity = {3, 40};
  Conditionals(options).of_row(distances, both);
  conditional_probabilities(distances, 3, one);
  conditional_probabilities(distances, 40, other);
  for (std::size_t j = 0; j < 90; ++j) EXPECT_NEAR(both[j], (one[j] + other[j]) / 2, 1e-15);
}

TEST(ConditionalProbabilities, OfAFixedWidthAreGaussian) {
  Options options;
  options.affinities = AffinityKind::gaussian;
  const std::vector<float> distances = {1, 2, 3};
  std::vector<double> p(3);
  for (const double sigma : {0.7, 2.0}) {
    options.sigma = sigma;
    Conditionals(options).of_row(distances, p);
    double sum = 0;
    for (const double d : {1.0, 2.0, 3.0}) sum += std::exp(-d * d / (2 * sigma * sigma));
    for (std::size_t j = 0; j < 3; ++j) {
      const double d = static_cast<double>(distances[j]);
      EXPECT_NEAR(p[j], std::exp(-d * d / (2 * sigma * sigma)) / sum, 1e-15);
    }
  }
  options.sigma = 1e-200;  // all weight on the nearest, where exp(-d^2 / 2 sigma^2) would be 0 / 0
  Conditionals(options).of_row(distances, p);
  EXPECT_EQ(p[0], 1);
}

/// P, whole, on every rank.
RowMatrix whole(const mpi::Communicator& comm, const SparseRows& p) {
  return all_gather_rows(comm, to_dense(p));
}

TEST(JointProbabilities, AreTheTwinsAndSymmetricAndSumToOne) {
  const RowMatrix x = test::random_rows(150, 5, 21);
  const double perplexity = 10;
  const Index k = neighbors_needed(perplexity, 150);
  const auto p = joint_probabilities(test::comm(), test::graph_of(test::comm(), x, k), perplexity);
  for (Index i = 0; i < p.local_rows(); ++i) {
    for (auto at = p.offsets[static_cast<std::size_t>(i)] + 1; at < p.offsets[static_cast<std::size_t>(i) + 1]; ++at) {
      EXPECT_LT(p.indices[static_cast<std::size_t>(at - 1)], p.indices[static_cast<std::size_t>(at)]);
    }
  }
  const RowMatrix all = whole(test::comm(), p);
  EXPECT_EQ(all, RowMatrix(all.transpose()));
  EXPECT_NEAR(all.cast<double>().sum(), 1, 1e-6);

  test::Mask neighbors = test::Mask::Constant(150, 150, false);
  const auto lists = test::brute_force_neighbors(Metric::euclidean, x, k);
  for (Index i = 0; i < 150; ++i) {
    for (const auto& neighbor : lists[static_cast<std::size_t>(i)]) neighbors(i, neighbor.second) = true;
  }
  const auto twin = test::dense_joint_probabilities(test::squared_distances(x.cast<double>()), neighbors, perplexity);
  EXPECT_LT((all.cast<double>() - twin).cwiseAbs().maxCoeff(), 2e-5 * twin.maxCoeff());
}

TEST(JointProbabilities, TakeTheNearestOfAGraphWithMoreThanNeeded) {
  const RowMatrix x = test::random_rows(60, 5, 22);
  auto more = test::graph_of(test::comm(), x, 20);
  if (more.rank == more.partition.owner(0)) {  // rows may differ in length
    more.indices.erase(more.indices.begin() + 18, more.indices.begin() + 20);
    more.distances.erase(more.distances.begin() + 18, more.distances.begin() + 20);
    for (std::size_t i = 1; i < more.offsets.size(); ++i) more.offsets[i] -= 2;
  }
  const auto p = joint_probabilities(test::comm(), more, 5);
  const auto exactly = joint_probabilities(test::comm(), test::graph_of(test::comm(), x, 15), 5);
  EXPECT_EQ(p.offsets, exactly.offsets);
  EXPECT_EQ(p.indices, exactly.indices);
  EXPECT_EQ(p.values, exactly.values);
}

TEST(JointProbabilities, AreEqualToTheBitOnAnyNumberOfRanks) {
  const RowMatrix x = test::read_matrix("neighbors/digits.f32", 64);
  const auto alone = test::comm().split(test::comm().rank());
  const auto together = joint_probabilities(test::comm(), test::graph_of(test::comm(), x, 90), 30);
  const auto single = joint_probabilities(alone, test::graph_of(alone, x, 90), 30);
  EXPECT_EQ(mpi::all_gather_v(test::comm(), together.indices), single.indices);
  EXPECT_EQ(mpi::all_gather_v(test::comm(), together.values), single.values);
}

/// Rows 0, 70, ... of P and openTSNE's agree to 1e-4 of the largest.
void expect_open_tsnes(const Options& options, const std::string& name) {
  const RowMatrix x = test::read_matrix("tsne/pbmc68k_pca.f32", 50);
  const auto graph = test::graph_of(test::comm(), x, options.neighbors_needed(700));
  const RowMatrix ours = whole(test::comm(), joint_probabilities(test::comm(), graph, options));
  const RowMatrix theirs = 1e-6f * test::read_matrix("tsne/affinities_" + name + ".f32", 700);
  ASSERT_EQ(theirs.rows(), 10);
  for (Index i = 0; i < 10; ++i) {
    EXPECT_LT((ours.row(70 * i) - theirs.row(i)).cwiseAbs().maxCoeff(), 2e-5f * theirs.maxCoeff()) << name << i;
  }
}

TEST(JointProbabilities, AreOpenTsnesOfSeveralPerplexities) {
  Options options;
  options.perplexity = {5, 60};
  expect_open_tsnes(options, "multiscale");
}

TEST(JointProbabilities, AreOpenTsnesUniformOnes) {
  Options options;
  options.affinities = AffinityKind::uniform;
  options.affinity_neighbors = 15;
  expect_open_tsnes(options, "uniform");
}

TEST(JointProbabilities, AreOpenTsnesOfAFixedWidth) {
  Options options;
  options.affinities = AffinityKind::gaussian;
  options.sigma = 3;
  expect_open_tsnes(options, "gaussian");
}

TEST(GivenProbabilities, AreTheMatrixOverItsSumWithoutItsDiagonal) {
  // A ring of 200 with a chord; rows 7 and 8 empty but for the diagonal.
  RowMatrix a = RowMatrix::Zero(200, 200);
  for (Index i = 0; i < 200; ++i) a(i, (i + 1) % 200) = a((i + 1) % 200, i) = 1 + static_cast<float>(i % 5);
  a(3, 150) = a(150, 3) = 0.25f;
  for (const Index i : {7, 8}) {
    a.row(i).setZero();
    a.col(i).setZero();
  }
  RowMatrix with_diagonal = a;
  with_diagonal.diagonal().setConstant(9);
  const auto p = given_probabilities(test::comm(), to_sparse(my_rows_of(with_diagonal, test::comm())));
  const RowMatrix expected = a / static_cast<float>(a.cast<double>().sum());
  const RowMatrix all = whole(test::comm(), p);
  EXPECT_EQ(all, RowMatrix(all.transpose()));
  EXPECT_LT((all - expected).cwiseAbs().maxCoeff(), 1e-9f);
  const auto alone = test::comm().split(test::comm().rank());
  EXPECT_EQ(all, whole(alone, given_probabilities(alone, to_sparse(my_rows_of(with_diagonal, alone)))));
}

TEST(GivenProbabilities, RefuseWhatIsNoAffinity) {
  const auto refused = [](auto change) {
    RowMatrix a = RowMatrix::Ones(60, 60);
    change(a);
    try {
      given_probabilities(test::comm(), to_sparse(my_rows_of(a, test::comm())), "obsp/mine");
    } catch (const InputError& error) {
      return error.place() + ": " + error.problem();
    }
    return std::string("fine");
  };
  EXPECT_EQ(refused([](RowMatrix&) {}), "fine");
  EXPECT_EQ(refused([](RowMatrix& a) { a(59, 2) = 3; }),
            "obsp/mine, row 2: is not symmetric: column 59 holds 1, but row 59 holds 3 in column 2");
  EXPECT_EQ(refused([](RowMatrix& a) { a(41, 2) = 0; }),
            "obsp/mine, row 2: is not symmetric: column 41 holds 1, but row 41 holds 0 in column 2");
  EXPECT_EQ(refused([](RowMatrix& a) { a(59, 2) = a(2, 59) = -1; }), "obsp/mine, row 2: holds -1 in column 59");
  EXPECT_EQ(refused([](RowMatrix& a) { a(59, 2) = a(2, 59) = NAN; }), "obsp/mine, row 2: holds nan in column 59");
  EXPECT_EQ(refused([](RowMatrix& a) { a.conservativeResize(60, 59); }), "obsp/mine: is 60 x 59");
  EXPECT_EQ(refused([](RowMatrix& a) { a = RowMatrix::Identity(60, 60); }), "obsp/mine: has no affinity above zero");

  auto spoilt = to_sparse(my_rows_of(RowMatrix::Ones(60, 60), test::comm()));
  if (!spoilt.indices.empty()) std::swap(spoilt.indices[4], spoilt.indices[5]);
  EXPECT_THROW(given_probabilities(test::comm(), spoilt), InputError);
  if (!spoilt.indices.empty()) spoilt.indices[4] = 60;
  EXPECT_THROW(given_probabilities(test::comm(), spoilt), InputError);
}

TEST(JointProbabilities, OfThousandsOfDuplicatesAreFinite) {
  const RowMatrix x = RowMatrix::Constant(2000, 3, 1.5f);
  // The graph as nearest_neighbors gives it, without searching: the first others.
  NeighborGraph graph{RowPartition(2000, test::comm().size()), test::comm().rank(), {0}, {}, {}};
  for (Index i = graph.first_row(); i < graph.partition.end(graph.rank); ++i) {
    for (Index j = 0; j < 30; ++j) graph.indices.push_back(j < i ? j : j + 1);
    graph.offsets.push_back(static_cast<Index>(graph.indices.size()));
  }
  graph.distances.assign(graph.indices.size(), 0.0f);
  const auto p = joint_probabilities(test::comm(), graph, 10);
  double sum = 0;
  for (const float value : p.values) sum += static_cast<double>(value);
  EXPECT_NEAR(mpi::all_reduce(test::comm(), sum, mpi::Reduction::sum), 1, 1e-6);
}

std::string error_of(const NeighborGraph& graph, double perplexity, std::string* hint = nullptr) {
  try {
    joint_probabilities(test::comm(), graph, perplexity);
  } catch (const InputError& error) {
    if (hint) *hint = error.hint();
    return error.place();
  }
  return "no error";
}

TEST(JointProbabilities, RefuseAGraphThatDoesNotDo) {
  const RowMatrix x = test::random_rows(60, 5, 23);
  std::string hint;
  EXPECT_EQ(error_of(test::graph_of(test::comm(), x, 14), 5, &hint), "neighbor graph, row 0");
  EXPECT_EQ(hint, "find 15 neighbors first (--neighbors), or lower --perplexity to 4.66");

  const Index row = 59;  // on the last rank
  auto spoil = [&](auto change) {
    auto graph = test::graph_of(test::comm(), x, 15);
    if (graph.partition.owner(row) == graph.rank) {
      change(graph, static_cast<std::size_t>(graph.offsets[static_cast<std::size_t>(row - graph.first_row())]));
    }
    return error_of(graph, 5);
  };
  EXPECT_EQ(spoil([](NeighborGraph& g, std::size_t at) { g.indices[at] = 59; }), "neighbor graph, row 59");
  EXPECT_EQ(spoil([](NeighborGraph& g, std::size_t at) { g.indices[at] = 60; }), "neighbor graph, row 59");
  EXPECT_EQ(spoil([](NeighborGraph& g, std::size_t at) { g.indices[at] = -1; }), "neighbor graph, row 59");
  EXPECT_EQ(spoil([](NeighborGraph& g, std::size_t at) { std::swap(g.distances[at], g.distances[at + 9]); }),
            "neighbor graph, row 59");
  EXPECT_EQ(spoil([](NeighborGraph& g, std::size_t at) { g.indices[at] = g.indices[at + 1]; }),
            "neighbor graph, row 59");
  EXPECT_EQ(spoil([](NeighborGraph& g, std::size_t at) { g.distances[at] = -1; }), "neighbor graph, row 59");
  EXPECT_EQ(spoil([](NeighborGraph& g, std::size_t at) { g.distances[at] = NAN; }), "neighbor graph, row 59");
  EXPECT_EQ(spoil([](NeighborGraph& g, std::size_t at) { g.distances[at] = INFINITY; }), "neighbor graph, row 59");
}

}  // namespace
}  // namespace replearn::tsne
