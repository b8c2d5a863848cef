#include <gtest/gtest.h>

#include <cmath>

#include "methods/tsne/affinities.hpp"
#include "methods/tsne/attraction.hpp"
#include "methods/tsne/elementary.hpp"
#include "methods/tsne/gradient.hpp"
#include "methods/tsne/repulsion_barnes_hut.hpp"
#include "methods/tsne/repulsion_fft.hpp"
#include "mpi/collectives.hpp"
#include "support/graphs.hpp"
#include "support/maps.hpp"
#include "support/random_rows.hpp"
#include "support/read_binary.hpp"
#include "support/reference/dense_tsne.hpp"
#include "support/test_comm.hpp"

namespace replearn::tsne {
namespace {

RowMatrixD whole(const RowMatrixD& mine, Index n) {
  const auto all =
      mpi::all_gather_v(test::comm(), std::span<const double>(mine.data(), static_cast<std::size_t>(mine.size())));
  return Eigen::Map<const RowMatrixD>(all.data(), n, mine.cols());
}

/// A quarter of dKL/dy and KL, by the exact repulsion.
struct Slope {
  RowMatrixD gradient;
  double kl;
};
Slope slope_of(const SparseRows& p, const RowMatrix& points, double dof) {
  const double width = std::sqrt(dof);
  const RowMatrix relative_to_width = points / static_cast<float>(width);
  const auto repelled = repulsion(test::comm(), p.partition, relative_to_width, dof);
  Attraction attraction(p);
  RowMatrixD mine;
  attraction.compute_attraction(relative_to_width, mine);
  mine = width * (mine - repelled.forces / repelled.z);
  return {whole(mine, points.rows()), attraction.divergence(test::comm(), relative_to_width, repelled.z, dof)};
}

TEST(TsneDof, GradientIsAQuarterOfTheFiniteDifference) {
  const RowMatrix x = test::random_rows(70, 6, 31);
  const auto p = joint_probabilities(test::comm(), test::graph_of(test::comm(), x, 15), 5);
  const test::Dense dense = all_gather_rows(test::comm(), to_dense(p)).cast<double>();
  for (const Index q : {1, 2, 3, 5}) {
    for (const double dof : {0.3, 0.5, 2.0, 20.0}) {
      const RowMatrix points = 2.0f * test::random_rows(70, q, 32);
      const auto numeric = test::numeric_gradient(dense, points.cast<double>(), 1e-5, dof);
      const auto slope = slope_of(p, points, dof);
      EXPECT_LT((4 * slope.gradient - numeric).cwiseAbs().maxCoeff(), 1e-5 * numeric.cwiseAbs().maxCoeff())
          << "q " << q << ", dof " << dof;
      EXPECT_NEAR(slope.kl, test::dense_kl_divergence(dense, points.cast<double>(), dof), 3e-6 * slope.kl);
    }
  }
}

TEST(TsneDof, GradientIsOpenTsnes) {
  const RowMatrix x = test::read_matrix("tsne/pbmc68k_pca.f32", 50);
  Options options;
  options.perplexity = {5, 60};
  const auto p = joint_probabilities(test::comm(), test::graph_of(test::comm(), x, 180), options);
  const RowMatrix points = 2e4f * test::read_matrix("tsne/pbmc68k_start.f32", 2);
  const RowMatrix theirs = 1e-6f * test::read_matrix("tsne/dof_gradient.f32", 2);
  const double kl[] = {2.2175497, 1.6987396, 1.6521342};
  Index at = 0;
  for (const double dof : {0.5, 2.0, 10.0}) {
    const auto slope = slope_of(p, points, dof);
    const auto expected = theirs.middleRows(700 * at, 700).cast<double>();
    EXPECT_LT((slope.gradient - expected).cwiseAbs().maxCoeff(), 2e-5 * expected.cwiseAbs().maxCoeff()) << dof;
    EXPECT_NEAR(slope.kl, kl[at++], 1e-5);
  }
}

TEST(TsneDof, FastRepulsionsAreTheExactOne) {
  const Index n = 1000;
  for (const Index q : {1, 2, 3}) {
    for (const double dof : {0.5, 3.0}) {
      for (const auto& map : test::maps(n, q)) {
        const RowPartition partition(n, test::comm().size());
        const auto exact = repulsion(test::comm(), partition, map.points, dof);
        const RowMatrixD twin = whole(exact.forces, n);
        const auto compare = [&](const Repulsion& fast, double allowed) {
          const RowMatrixD forces = whole(fast.forces, n);
          // Of n points in one place forces cancel, but for float32's rounding.
          const double rounding = 3e-7 * std::pow(static_cast<double>(n), 1.5);
          EXPECT_LT((forces - twin).norm(), allowed * twin.norm() + rounding)
              << map.name << ", q " << q << ", dof " << dof;
          EXPECT_NEAR(fast.z, exact.z, allowed * exact.z) << map.name << ", q " << q << ", dof " << dof;
        };
        Repulsion fast;
        if (q <= 2) {
          const Extent extent = extent_of(map.points);
          FftRepulsion(test::comm(), partition, q, dof)
              .compute_repulsion(map.points, extent, fit_grid(extent.width, kernel_spacing(0.3, dof)), fast);
          compare(fast, 1e-3);
        }
        if (q >= 2) {
          compute_repulsion_by_tree(test::comm(), partition, map.points, 0.25, fast, dof);
          compare(fast, 0.1 * 0.25 * 0.25 + 1e-5);
        }
      }
    }
  }
}

TEST(TsneElementary, FunctionsAreTheLibrarys) {
  for (double x = 0; x > -708; x -= 0.37) EXPECT_NEAR(exponential(x), std::exp(x), 4e-16 * std::exp(x)) << x;
  for (float x = 1; x < 1e30f; x *= 1.37f) {
    const double expected = std::log(static_cast<double>(x));
    EXPECT_NEAR(static_cast<double>(logarithm(x)), expected, 2e-7 * (1 + expected));
    for (const float exponent : {0.1f, 0.5f, 1.5f, 20.0f}) {
      const double power = std::pow(static_cast<double>(x), -static_cast<double>(exponent));
      const double allowed = 5e-7 * (1 + static_cast<double>(exponent) * expected) * power + 1e-36;
      EXPECT_NEAR(static_cast<double>(inverse_power(x, exponent)), power, allowed) << x << " " << exponent;
    }
  }
}

}  // namespace
}  // namespace replearn::tsne
