#include "methods/word2vec/logistic_kernel.hpp"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cmath>
#include <vector>

#include "base/random.hpp"

namespace replearn::word2vec {
namespace {

/// Rows as the updates want them, and in float64 beside them.
struct Rows {
  Rows(Index count, Index columns, std::uint64_t seed) : stride(LogisticUpdates::stride_of(columns)) {
    values.resize(count * stride);
    for (Index i = 0; i < count; ++i) {
      RandomStream random(seed, Purpose::test, static_cast<std::uint64_t>(i));
      for (Index k = 0; k < columns; ++k) values.data()[i * stride + k] = static_cast<float>(0.4 * random.normal());
      pointers.push_back(values.data() + i * stride);
    }
    exact.assign(values.data(), values.data() + values.size());
  }
  double& at(Index i, Index k) { return exact[static_cast<std::size_t>(i * stride + k)]; }
  Index size() const { return static_cast<Index>(pointers.size()); }
  Index stride;
  AlignedArray<float> values;
  std::vector<float*> pointers;
  std::vector<double> exact;
};

double log_sigma(double x) {
  return x > 0 ? -std::log1p(std::exp(-x)) : x - std::log1p(std::exp(x));
}

double product(Rows& x, Index i, Rows& y, Index j) {
  double sum = 0;
  for (Index k = 0; k < x.stride; ++k) sum += x.at(i, k) * y.at(j, k);
  return sum;
}

/// The objective, the slow obvious way.
double objective(Rows& x, Rows& y, const std::vector<float>& targets) {
  double sum = 0;
  for (Index i = 0; i < x.size(); ++i) {
    for (Index j = 0; j < y.size(); ++j) {
      const double s = product(x, i, y, j);
      sum += log_sigma(targets[static_cast<std::size_t>(j)] > 0 ? s : -s);
    }
  }
  return sum;
}

/// That of the mean of all x.
double objective_of_mean(Rows& x, Rows& y, const std::vector<float>& targets) {
  double sum = 0;
  for (Index j = 0; j < y.size(); ++j) {
    double s = 0;
    for (Index i = 0; i < x.size(); ++i) s += product(x, i, y, j) / static_cast<double>(x.size());
    sum += log_sigma(targets[static_cast<std::size_t>(j)] > 0 ? s : -s);
  }
  return sum;
}

template <class Objective>
double slope(Objective f, double& at) {
  const double h = 1e-5, there = at;
  at = there + h;
  const double up = f();
  at = there - h;
  const double down = f();
  at = there;
  return (up - down) / (2 * h);
}

std::vector<float> targets_of(Index count) {
  std::vector<float> targets;
  for (Index j = 0; j < count; ++j) targets.push_back(j % 3 == 0 ? 1.0f : 0.0f);
  return targets;
}

/// Each instruction set that this processor has and the file was compiled for.
template <class Work>
void on_each_target(Work work) {
  for (const auto target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    work();
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST(LogisticUpdates, StepIsTheGradientByFiniteDifferences) {
  on_each_target([] {
    for (const Index columns : {1, 16, 33, 100}) {
      for (const Index m : {1, 2, 3, 4, 7, 10}) {
        for (const Index n : {1, 2, 3, 4, 5, 6, 7, 14}) {
          Rows x(m, columns, 1), y(n, columns, 2);
          const auto targets = targets_of(n);
          LogisticUpdates updates(columns, m, n);
          const float rate = 1e-2f;
          updates.step(x.pointers, y.pointers, targets, rate);
          const auto f = [&] { return objective(x, y, targets); };
          EXPECT_NEAR(updates.take_loss(), -f(), 1e-5 * static_cast<double>(m * n));
          EXPECT_EQ(updates.take_pairs(), m * n);
          for (const Index k : {Index{0}, columns / 2, columns - 1}) {
            for (Index i = 0; i < m; ++i) {
              const double moved = static_cast<double>(x.pointers[static_cast<std::size_t>(i)][k]) - x.at(i, k);
              EXPECT_NEAR(moved / static_cast<double>(rate), slope(f, x.at(i, k)), 2e-5 * static_cast<double>(n));
            }
            for (Index j = 0; j < n; ++j) {
              const double moved = static_cast<double>(y.pointers[static_cast<std::size_t>(j)][k]) - y.at(j, k);
              EXPECT_NEAR(moved / static_cast<double>(rate), slope(f, y.at(j, k)), 2e-5 * static_cast<double>(m));
            }
          }
          for (Index k = columns; k < x.stride; ++k) EXPECT_EQ(x.pointers[0][k], 0) << "padding";
        }
      }
    }
  });
}

TEST(LogisticUpdates, StepOfTheMean) {
  on_each_target([] {
    for (const Index m : {1, 3, 8}) {
      const Index columns = 20, n = 6;
      Rows x(m, columns, 3), y(n, columns, 4);
      const auto targets = targets_of(n);
      LogisticUpdates updates(columns, 1, n);
      const float rate = 1e-2f;
      updates.step_mean(x.pointers, y.pointers, targets, rate);
      const auto f = [&] { return objective_of_mean(x, y, targets); };
      EXPECT_NEAR(updates.take_loss(), -f(), 1e-5 * static_cast<double>(n));
      for (Index k = 0; k < columns; ++k) {
        for (Index i = 0; i < m; ++i) {
          const double moved = static_cast<double>(x.pointers[static_cast<std::size_t>(i)][k]) - x.at(i, k);
          // The whole gradient of the mean, where the chain rule gives each input 1/m of it.
          EXPECT_NEAR(moved / static_cast<double>(rate), static_cast<double>(m) * slope(f, x.at(i, k)), 2e-4);
        }
        for (Index j = 0; j < n; ++j) {
          const double moved = static_cast<double>(y.pointers[static_cast<std::size_t>(j)][k]) - y.at(j, k);
          EXPECT_NEAR(moved / static_cast<double>(rate), slope(f, y.at(j, k)), 2e-5);
        }
      }
    }
  });
}

TEST(LogisticUpdates, ARowThatStandsTwiceGetsTheSum) {
  on_each_target([] {
    Rows x(1, 16, 5), y(1, 16, 6), x2(1, 16, 5), y2(1, 16, 6);
    LogisticUpdates updates(16, 3, 3);
    const float rate = 1e-3f;
    const float targets[] = {0, 0};
    updates.step(x.pointers, y.pointers, std::span(targets, 1), rate);
    float* const twice[] = {y2.pointers[0], y2.pointers[0]};
    updates.step(x2.pointers, twice, targets, rate);
    for (Index k = 0; k < 16; ++k) {
      const float once = y.pointers[0][k] - static_cast<float>(y.at(0, k));
      EXPECT_NEAR(y2.pointers[0][k] - static_cast<float>(y2.at(0, k)), 2 * once, 1e-6f);
    }
  });
}

TEST(LogisticUpdates, LossOfManyStepsAndOfLargeScores) {
  on_each_target([] {
    Rows x(2, 16, 7), y(6, 16, 8);
    for (auto* row : x.pointers) row[0] = 30;
    for (auto* row : y.pointers) row[0] = 20;
    const std::vector<float> targets = {1, 0, 0, 0, 0, 0};
    LogisticUpdates updates(16, 2, 6);
    double expected = 0;
    x.exact.assign(x.values.data(), x.values.data() + x.values.size());
    y.exact.assign(y.values.data(), y.values.data() + y.values.size());
    for (int step = 0; step < 500; ++step) {
      expected -= objective(x, y, targets);
      updates.step(x.pointers, y.pointers, targets, 0);
    }
    EXPECT_NEAR(updates.take_loss() / expected, 1, 2e-5);  // float32 between two folds
    EXPECT_EQ(updates.take_loss(), 0) << "taken";
  });
}

}  // namespace
}  // namespace replearn::word2vec
