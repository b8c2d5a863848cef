#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/error.hpp"
#include "report/axes.hpp"
#include "report/density_chart.hpp"
#include "report/line_chart.hpp"

namespace replearn::report {
namespace {

TEST(Ticks, AreRoundNumbersWithinTheAxis) {
  EXPECT_EQ(ticks({"", 0, 10}), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(ticks({"", -0.3, 0.25}).size(), 6u);  // -0.3 to 0.2 by 0.1
  EXPECT_EQ(ticks({"", 0, 549}), (std::vector<double>{0, 100, 200, 300, 400, 500}));
  EXPECT_EQ(ticks({"", 1, 5000, true}), (std::vector<double>{1, 10, 100, 1000}));
  for (const double width : {1e-6, 0.7, 3.0, 12.0, 99.0, 1e9}) {
    for (const double low : {0.0, -0.4 * width, 5 * width}) {
      const auto found = ticks({"", low, low + width});
      EXPECT_GE(found.size(), 3u) << width;
      EXPECT_LE(found.size(), 8u) << width;
      for (const double value : found) {
        EXPECT_GE(value, low - 1e-8 * width);
        EXPECT_LE(value, low + width * (1 + 1e-8));
      }
    }
  }
  EXPECT_EQ(tick_text(0.05), "0.05");
  EXPECT_EQ(tick_text(3 * 0.1), "0.3");
  EXPECT_EQ(tick_text(20000), "20000");
}

TEST(Frame, PutsDataBetweenItsBorders) {
  const Frame frame({100, 50, 200, 80}, {"x", 0, 4}, {"y", 0.01, 1, true});
  EXPECT_DOUBLE_EQ(frame.x(0), 100);
  EXPECT_DOUBLE_EQ(frame.x(4), 300);
  EXPECT_DOUBLE_EQ(frame.y(0.01), 130);
  EXPECT_NEAR(frame.y(0.1), 90, 1e-9);
  EXPECT_DOUBLE_EQ(frame.y(1), 50);
}

class ChartFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = (std::filesystem::temp_directory_path() / "replearn_charts_XXXXXX").string();
    ASSERT_TRUE(mkdtemp(path.data()));
    folder_ = path;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string operator/(const std::string& name) const { return folder_ + "/" + name; }
  std::string folder_;
};

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(ChartFile, LinesAreDrawnWhateverTheValues) {
  LineChart chart;
  chart.title = "E";
  chart.x_label = "iteration";
  chart.y_label = "stress";
  chart.stretches = {{"first", 0}, {"second", 2}};
  for (const auto& values : {std::vector<double>{},
                             {1.0},
                             {2.0, 2.0},
                             {NAN, 3.0, NAN, 1.0},
                             {1000.0, 1.0, 0.1},
                             {-1.0, 4.0},
                             {INFINITY, NAN}}) {
    chart.values = values;
    for (const std::string name : {"line.png", "line.svg", "line.pdf"}) {
      write_line_chart(*this / name, chart);
      EXPECT_GT(bytes_of(*this / name).size(), 500u);
    }
  }
  EXPECT_NE(bytes_of(*this / "line.svg").find("<svg"), std::string::npos);
  EXPECT_THROW(write_line_chart(*this / "line.bmp", chart), InputError);
}

TEST_F(ChartFile, DensityIsDarkWherePairsAre) {
  DensityChart chart;
  chart.bins = 2;
  chart.counts = {0, 0, 0, 0};
  write_density_chart(*this / "none.png", chart);
  chart.counts = {90, 0, 0, 4};
  chart.diagonal = true;
  write_density_chart(*this / "some.png", chart);
  EXPECT_GT(bytes_of(*this / "none.png").size(), 500u);
  EXPECT_NE(bytes_of(*this / "none.png"), bytes_of(*this / "some.png"));
  write_density_chart(*this / "some.svg", chart);
  EXPECT_NE(bytes_of(*this / "some.svg").find("<svg"), std::string::npos);
}

}  // namespace
}  // namespace replearn::report
