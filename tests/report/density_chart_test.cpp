#include "report/density_chart.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace replearn::report {
namespace {

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
  const auto drawn = bytes_of(*this / "some.svg");
  EXPECT_NE(drawn.find("<svg"), std::string::npos);
  for (const char* text : {">pairs per bin</text>", ">1</text>", ">10</text>", ">mean</text>"}) {
    EXPECT_NE(drawn.find(text), std::string::npos) << text;
  }
  EXPECT_EQ(drawn.find(">100</text>"), std::string::npos) << "more than there are";
}

}  // namespace
}  // namespace replearn::report
