// The arithmetic of forecasts, against numbers worked out by hand.
#include "app/forecast/forecast.hpp"

#include <gtest/gtest.h>

namespace replearn::app {
namespace {

TEST(Forecast, TimeOfAPhase) {
  const MachineRates rates{.core = 2, .bandwidth = 1e8, .latency = 1e-3};
  const PhaseCost cost{.phase = "p", .seconds = 80, .repeated = 3, .collectives = 50, .gathered = 4e8, .exchanged = 8e8};
  // 80 s over 4 ranks and 3 s on each, at twice the speed; nothing leaves the node.
  const auto one = time_of(cost, {.nodes = 1, .ranks_per_node = 4}, rates);
  EXPECT_DOUBLE_EQ(one.seconds, 11.5);
  EXPECT_DOUBLE_EQ(one.in_network, 0);
  // Four nodes: three quarters of what is gathered (3 s) and of a fourth of what is exchanged (1.5 s) come from others;
  // 50 collectives of two rounds (0.1 s).
  const auto four = time_of(cost, {.nodes = 4, .ranks_per_node = 4}, rates);
  EXPECT_DOUBLE_EQ(four.in_network, 4.6);
  EXPECT_DOUBLE_EQ(four.seconds, 4.6 + (80.0 / 16 + 3) / 2);
}

TEST(Forecast, PeakIsTheLargestOfHeldAndPassingMemory) {
  JobForecast job({}, {.nodes = 2, .ranks_per_node = 3});
  job.hold({.shared = 600}, "x");  // 300 on each node
  job.add({.phase = "a", .seconds = 1}, {.of_each_rank = 10, .shared = 200, .of_each_node = 5});
  const double process = 3 * process_memory;
  EXPECT_DOUBLE_EQ(job.peak_on_node(), process + 300 + 30 + 100 + 5);
  job.add({.phase = "b", .seconds = 2}, {.shared = 20});  // less than before
  EXPECT_DOUBLE_EQ(job.peak_on_node(), process + 435);
  job.hold({.shared = 600});
  EXPECT_DOUBLE_EQ(job.peak_on_node(), process + 600);
  EXPECT_TRUE(job.holds("x"));
  EXPECT_FALSE(job.holds("y"));
}

TEST(Forecast, PhasesOfTheSameNameAreAdded) {
  JobForecast job({}, {});
  job.add({.phase = "read", .seconds = 1});
  job.add({.phase = "pca", .seconds = 2});
  job.add({.phase = "read", .seconds = 4, .repeated = 1});
  ASSERT_EQ(job.phases().size(), 2u);
  EXPECT_DOUBLE_EQ(job.phases()[0].seconds, 5);
  EXPECT_DOUBLE_EQ(job.phases()[0].repeated, 1);
}

}  // namespace
}  // namespace replearn::app
