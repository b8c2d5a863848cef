#include "methods/sammon/stress_kernel.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.hpp"
#include "mpi/collectives.hpp"
#include "numerics/shared_rows.hpp"
#include "support/random_rows.hpp"
#include "support/test_comm.hpp"

namespace replearn::sammon {
namespace {

/// A tile of random distances, some of them no pair, and two groups of random points.
struct Case {
  Case(Index tile_side, Index columns, bool weighted) : side(tile_side), q(columns) {
    RandomStream draw(7, Purpose::test, static_cast<std::uint64_t>(side * 100 + q));
    for (Index k = 0; k < side * side; ++k) {
      given.push_back(k % 11 == 3 ? 0 : static_cast<float>(0.1 + 5 * draw.uniform()));
    }
    for (Index k = 0; k < side * q; ++k) {
      a.push_back(static_cast<float>(draw.normal()));
      b.push_back(static_cast<float>(draw.normal()));
    }
    for (Index i = 0; weighted && i < side; ++i) {
      a_weights.push_back(static_cast<float>(0.5 + draw.uniform()));
      b_weights.push_back(static_cast<float>(0.5 + draw.uniform()));
    }
  }
  const float* weights(const std::vector<float>& of) const { return of.empty() ? nullptr : of.data(); }
  Index side, q;
  std::vector<float> given, a, b, a_weights, b_weights;
};

/// The formulas, pair by pair in float64.
struct Twin {
  double stress = 0, squares = 0;
  std::vector<double> first_a, first_b, second_a, second_b, point_a, point_b, on_a, on_b;
  Twin(const Case& c, const PairWeight& weight) {
    for (auto* sums : {&first_a, &first_b, &second_a, &second_b}) sums->assign(c.a.size(), 0);
    for (auto* sums : {&point_a, &point_b, &on_a, &on_b}) sums->assign(static_cast<std::size_t>(c.side), 0);
    for (Index i = 0; i < c.side; ++i) {
      for (Index j = 0; j < c.side; ++j) {
        const auto g = static_cast<double>(c.given[static_cast<std::size_t>(i * c.side + j)]);
        const auto at_i = static_cast<std::size_t>(i), at_j = static_cast<std::size_t>(j);
        if (g == 0) continue;
        double w = weight(g), square = 0;
        if (!c.a_weights.empty()) w *= static_cast<double>(c.a_weights[at_i]) * static_cast<double>(c.b_weights[at_j]);
        const auto delta = [&](Index p) {
          return static_cast<double>(c.a[static_cast<std::size_t>(p * c.side + i)]) -
                 static_cast<double>(c.b[static_cast<std::size_t>(p * c.side + j)]);
        };
        for (Index p = 0; p < c.q; ++p) square += delta(p) * delta(p);
        const double d = std::sqrt(square), its = w * (g - d) * (g - d);
        stress += its;
        squares += w * g * g;
        point_a[at_i] += its;
        point_b[at_j] += its;
        on_a[at_i] += w;
        on_b[at_j] += w;
        for (Index p = 0; p < c.q; ++p) {
          const auto of_a = static_cast<std::size_t>(p * c.side + i), of_b = static_cast<std::size_t>(p * c.side + j);
          first_a[of_a] += w * (g - d) / d * delta(p);
          first_b[of_b] -= w * (g - d) / d * delta(p);
          const double second = w * (1 - g / d + g * delta(p) * delta(p) / (d * d * d));
          second_a[of_a] += second;
          second_b[of_b] += second;
        }
      }
    }
  }
};

void expect_near(const std::vector<float>& found, const std::vector<double>& twin, const char* what,
                 double share = 5e-6) {
  double scale = 0;
  for (const double value : twin) scale = std::max(scale, std::abs(value));
  for (std::size_t k = 0; k < twin.size(); ++k)
    EXPECT_NEAR(static_cast<double>(found[k]), twin[k], share * scale) << what;
}

TEST(StressTile, IsItsTwin) {
  for (const Index side : {48, 96, 240}) {
    for (const Index q : {1, 2, 3, 4, 7}) {
      for (const PairWeight& weight : {PairWeight{1, 0}, PairWeight{0, 0}, PairWeight{1, 1}, PairWeight{2.3, 0.1}}) {
        const Case c(side, q, q == 2);
        const Twin twin(c, weight);
        for (const Detail detail : {Detail::gradient, Detail::all}) {
          TileSums sums(side, q);
          stress_tile(weight, side, q, c.given.data(), {c.a.data(), c.weights(c.a_weights)},
                      {c.b.data(), c.weights(c.b_weights)}, detail, sums);
          EXPECT_NEAR(sums.stress, twin.stress, 1e-6 * twin.stress);
          expect_near(sums.first_a, twin.first_a, "first a");
          expect_near(sums.first_b, twin.first_b, "first b");
          if (detail == Detail::gradient) continue;
          // What near points add is large and nearly cancels.
          expect_near(sums.second_a, twin.second_a, "second a", 1e-4);
          expect_near(sums.second_b, twin.second_b, "second b", 1e-4);
          expect_near(sums.point_a, twin.point_a, "point a");
          expect_near(sums.point_b, twin.point_b, "point b");
        }
        std::vector<float> on_a(static_cast<std::size_t>(side)), on_b(on_a.size());
        const double squares = weigh_tile(weight, side, c.given.data(), c.weights(c.a_weights), c.weights(c.b_weights),
                                          on_a.data(), on_b.data());
        EXPECT_NEAR(squares, twin.squares, 1e-6 * twin.squares);
        expect_near(on_a, twin.on_a, "weights a");
        expect_near(on_b, twin.on_b, "weights b");
      }
    }
  }
}

TEST(SharedRows, StandWhereTheyArePut) {
  const RowMatrix x = test::random_rows(130, 7, 91);
  std::vector<Index> places(130, -1);
  for (Index i = 0; i < 130; i += 2) places[static_cast<std::size_t>(i)] = 64 - i / 2;
  const SharedRows shared(test::comm(), my_rows_of(x, test::comm()), Metric::euclidean, places, 65);
  EXPECT_EQ(shared.rows(), 65);
  std::vector<float> block(65 * 65);
  const PanelRows rows = shared.build_panels(0, 65);
  for (Index p = 0; p < rows.panels(); ++p) {
    for (Index r = 0; r < rows.panels(); ++r) {
      shared.measure(rows, p, 48 * p, rows, r, 48 * r, block.data() + 48 * p * 65 + 48 * r, 65);
    }
  }
  for (Index i = 0; i < 65; ++i) {
    EXPECT_EQ(shared.row(i)[3], x(2 * (64 - i), 3));
    for (Index j = 0; j < 65; ++j) {
      const double d = (x.row(2 * (64 - i)).cast<double>() - x.row(2 * (64 - j)).cast<double>()).norm();
      EXPECT_NEAR(static_cast<double>(block[static_cast<std::size_t>(i * 65 + j)]), d, 1e-6 * d);
    }
  }
}

}  // namespace
}  // namespace replearn::sammon
