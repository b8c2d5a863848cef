#include "methods/tsne/gradient.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "methods/tsne/affinities.hpp"
#include "methods/tsne/attraction.hpp"
#include "mpi/collectives.hpp"
#include "support/graphs.hpp"
#include "support/random_rows.hpp"
#include "support/reference/dense_tsne.hpp"
#include "support/test_comm.hpp"

namespace replearn::tsne {
namespace {

struct Case {
  SparseRows p;
  RowMatrix points;
  test::Dense dense_p;
};
Case make_case(const mpi::Communicator& comm, Index n, Index q, float scale) {
  const RowMatrix x = test::random_rows(n, 6, 31);
  Case c{joint_probabilities(comm, test::graph_of(comm, x, 15), 5), scale * test::random_rows(n, q, 32), {}};
  c.dense_p = all_gather_rows(comm, to_dense(c.p)).cast<double>();
  return c;
}

/// attraction - repulsion / Z, whole, on every rank.
RowMatrixD gradient_of(const mpi::Communicator& comm, const Case& c) {
  const auto repelled = repulsion(comm, c.p.partition, c.points);
  RowMatrixD mine;
  Attraction(c.p).compute_attraction(c.points, mine);
  mine -= repelled.forces / repelled.z;
  const auto all = mpi::all_gather_v(comm, std::span<const double>(mine.data(), static_cast<std::size_t>(mine.size())));
  return Eigen::Map<const RowMatrixD>(all.data(), c.points.rows(), c.points.cols());
}

TEST(TsneGradient, IsAQuarterOfTheFiniteDifferenceOfTheDivergence) {
  for (const Index q : {1, 2, 3, 5}) {
    for (const float scale : {0.1f, 1.0f, 20.0f}) {
      const Case c = make_case(test::comm(), 70, q, scale);
      const auto numeric = test::numeric_gradient(c.dense_p, c.points.cast<double>(), 1e-5);
      const RowMatrixD gradient = gradient_of(test::comm(), c);
      EXPECT_LT((4 * gradient - numeric).cwiseAbs().maxCoeff(), 3e-6 * numeric.cwiseAbs().maxCoeff() + 1e-9)
          << "q " << q << ", scale " << scale;
    }
  }
}

TEST(TsneGradient, DivergenceIsTheFormula) {
  for (const Index q : {1, 2, 3}) {
    for (const float scale : {1e-4f, 1.0f, 100.0f}) {
      const Case c = make_case(test::comm(), 70, q, scale);
      const double kl =
          Attraction(c.p).divergence(test::comm(), c.points, repulsion(test::comm(), c.p.partition, c.points).z);
      EXPECT_NEAR(kl, test::dense_kl_divergence(c.dense_p, c.points.cast<double>()), 1e-6 * kl);
    }
  }
}

TEST(TsneGradient, ZIsTheFormulaAlsoWhereMapsAreWide) {
  // 1,100 points: more stretches than one, and a last one that is not full.
  for (const float scale : {1e-4f, 1.0f, 1e5f}) {
    const RowMatrix points = scale * test::random_rows(1100, 2, 33);
    const auto repelled = repulsion(test::comm(), RowPartition(1100, test::comm().size()), points);
    const double z = (1 + test::squared_distances(points.cast<double>()).array()).inverse().sum() - 1100;
    EXPECT_NEAR(repelled.z, z, 1e-6 * z) << scale;
  }
}

TEST(TsneGradient, ForcesOfAllPointsCancel) {
  const Case c = make_case(test::comm(), 300, 2, 3.0f);
  const RowMatrixD gradient = gradient_of(test::comm(), c);
  for (Index k = 0; k < 2; ++k) EXPECT_NEAR(gradient.col(k).sum(), 0, 1e-6 * gradient.cwiseAbs().sum());
}

TEST(TsneGradient, OfCoincidingPointsIsFinite) {
  Case c = make_case(test::comm(), 70, 2, 1.0f);
  c.points.setConstant(3.0f);
  const auto repelled = repulsion(test::comm(), c.p.partition, c.points);
  EXPECT_DOUBLE_EQ(repelled.z, 70.0 * 69.0);
  EXPECT_EQ(gradient_of(test::comm(), c).cwiseAbs().maxCoeff(), 0);
}

TEST(TsneGradient, IsEqualToTheBitOnAnyNumberOfRanks) {
  const auto alone = test::comm().split(test::comm().rank());
  for (const Index q : {2, 3}) {
    const Case c = make_case(test::comm(), 700, q, 2.0f), whole = make_case(alone, 700, q, 2.0f);
    EXPECT_EQ(gradient_of(test::comm(), c), gradient_of(alone, whole));
    const double z = repulsion(test::comm(), c.p.partition, c.points).z;
    EXPECT_EQ(z, repulsion(alone, whole.p.partition, c.points).z);
    EXPECT_EQ(Attraction(c.p).divergence(test::comm(), c.points, z),
              Attraction(whole.p).divergence(alone, c.points, z));
  }
}

}  // namespace
}  // namespace replearn::tsne
