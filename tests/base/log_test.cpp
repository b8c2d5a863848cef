#include "base/log.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/stopwatch.hpp"

namespace replearn {
namespace {

TEST(Log, WritesLinesToStandardErrorIfEnabled) {
  testing::internal::CaptureStderr();
  Log(true).line("reading");
  Log(true).warning("no names");
  Log(false).line("not seen");
  Log().warning("not seen");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "reading\nwarning: no names\n");
}

TEST(Log, DurationsGrowCoarserWithLength) {
  EXPECT_EQ(duration_text(0), "0.00 s");
  EXPECT_EQ(duration_text(1.344), "1.34 s");
  EXPECT_EQ(duration_text(9.994), "9.99 s");
  EXPECT_EQ(duration_text(9.996), "10.0 s");  // not "10.00 s"
  EXPECT_EQ(duration_text(59.94), "59.9 s");
  EXPECT_EQ(duration_text(59.96), "1 min 00 s");  // not "60.0 s"
  EXPECT_EQ(duration_text(125.4), "2 min 05 s");
  EXPECT_EQ(duration_text(3599.4), "59 min 59 s");
  EXPECT_EQ(duration_text(3599.6), "1 h 00 min");  // not "60 min 00 s"
  EXPECT_EQ(duration_text(3 * 3600 + 12 * 60 + 59), "3 h 12 min");
}

TEST(Log, BytesAreInPowersOfAThousand) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(512), "512 B");
  EXPECT_EQ(bytes_text(999), "999 B");
  EXPECT_EQ(bytes_text(1000), "1.0 kB");
  EXPECT_EQ(bytes_text(3.2e6), "3.2 MB");
  EXPECT_EQ(bytes_text(99.4e6), "99.4 MB");
  EXPECT_EQ(bytes_text(99.6e6), "100 MB");
  EXPECT_EQ(bytes_text(999.6e6), "1.0 GB");  // not "1000 MB"
  EXPECT_EQ(bytes_text(1.5e9), "1.5 GB");
  EXPECT_EQ(bytes_text(5e15), "5000 TB");
}

TEST(Stopwatch, NeverRunsBackwardsAndStartsAgain) {
  Stopwatch watch;
  const double first = watch.seconds(), second = watch.seconds();
  EXPECT_GE(first, 0.0);
  EXPECT_GE(second, first);
  EXPECT_GE(watch.restart(), second);
}

TEST(Stopwatch, PeakMemoryCountsWhatWasTouched) {
  const double before = peak_memory_bytes();
  const std::size_t bytes = 64 << 20;
  std::vector<char> touched(bytes + static_cast<std::size_t>(before), 1);
  EXPECT_GE(peak_memory_bytes(), static_cast<double>(touched.size()));
}

}  // namespace
}  // namespace replearn
