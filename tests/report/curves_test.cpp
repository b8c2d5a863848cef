#include "report/curves.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

#include "base/error.hpp"
#include "report/axes.hpp"
#include "report/canvas.hpp"
#include "report/field.hpp"

namespace replearn::report {
namespace {

namespace fs = std::filesystem;

/// Whether an independent reader takes the SVG, and how long its picture is.
std::size_t rendered(const std::string& path) {
  const std::string png = path + ".png";
  EXPECT_EQ(std::system((RSVG_CONVERT " '" + path + "' -o '" + png + "'").c_str()), 0);
  return fs::exists(png) ? static_cast<std::size_t>(fs::file_size(png)) : 0;
}

class Picture : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = (fs::temp_directory_path() / "replearn_report_XXXXXX").string();
    ASSERT_TRUE(mkdtemp(path.data()));
    folder_ = path;
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string operator/(const std::string& name) const { return folder_ + "/" + name; }
  std::string folder_;
};

CurveFigure figure() {
  CurveFigure figure;
  figure.title = "Losses & <more>";
  for (int k = 0; k < 4; ++k) {
    CurvePanel panel{"panel", "step", "loss", {}, true};
    for (int c = 0; c < 3; ++c) {
      Curve curve{"curve", {}, {}, c == 1, -1};
      for (int i = 0; i < 50; ++i) {
        curve.x.push_back(i);
        curve.y.push_back(std::exp(-0.1 * (c + 1) * i));
      }
      panel.curves.push_back(curve);
    }
    figure.panels.push_back(panel);
  }
  return figure;
}

TEST_F(Picture, CurvesAreDrawn) {
  write_curves(*this / "a.svg", figure());
  auto empty = figure();
  for (auto& panel : empty.panels) panel.curves.clear();
  write_curves(*this / "empty.svg", empty);
  EXPECT_GT(rendered(*this / "a.svg"), rendered(*this / "empty.svg") + 1000) << "curves take ink";
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(Picture, StepsBeginAtZeroAndTitlesFit) {
  CurveFigure late;
  late.title = std::string(60, 'm');
  late.panels.push_back({"loss", "step", "loss", {{"", {40, 50, 60}, {3, 2, 1}}}});
  write_curves(*this / "late.svg", late);
  const auto drawn = text_of(*this / "late.svg");
  EXPECT_NE(drawn.find(">0</text>"), std::string::npos);
  EXPECT_GT(std::stod(drawn.substr(drawn.find("width=\"") + 7)), Canvas::text_size(late.title, 13, true).width);
  late.panels[0].from_zero = false;
  write_curves(*this / "from_40.svg", late);
  EXPECT_EQ(text_of(*this / "from_40.svg").find(">0</text>"), std::string::npos);
}

TEST_F(Picture, ATrainingOfOneStepIsSeen) {
  CurveFigure shortest;
  shortest.panels.push_back({"loss", "step", "loss", {{"", {}, {}}}});
  write_curves(*this / "none.svg", shortest);
  shortest.panels[0].curves[0] = {"", {1}, {0.5}};
  write_curves(*this / "one.svg", shortest);
  const std::string blue = "fill:rgb(0%,44.705882%,69.803922%)";  // the first color, as a filled disc
  EXPECT_EQ(text_of(*this / "none.svg").find(blue), std::string::npos);
  EXPECT_NE(text_of(*this / "one.svg").find(blue), std::string::npos);
}

TEST_F(Picture, BarsDotsAndMarksAreDrawn) {
  CurveFigure figure;
  Curve bars{"kept", {0, 1, 2}, {5, 3}}, dots{"genes", {0.5, 1.5}, {1, 2}};
  bars.style = Curve::Style::bars;
  dots.style = Curve::Style::dots;
  dots.color = Curve::gray;
  figure.panels.push_back({"cells", "counts", "cells", {bars, dots}});
  figure.panels[0].marks = {{"--min-counts", 1.25}, {"out of sight", 7}};
  write_curves(*this / "bars.svg", figure);
  const auto drawn = text_of(*this / "bars.svg");
  EXPECT_NE(drawn.find(">--min-counts (1.25)</text>"), std::string::npos);
  EXPECT_EQ(drawn.find("out of sight"), std::string::npos);
  EXPECT_NE(drawn.find("fill:rgb(78.431373%,78.431373%,78.431373%)"), std::string::npos);
}

TEST_F(Picture, CurvesWithoutNumbersAreNoHarm) {
  auto odd = figure();
  odd.panels[0].curves[0].y.assign(50, std::numeric_limits<double>::quiet_NaN());
  odd.panels[1].curves[0].y.assign(50, 0.0);  // on a logarithmic axis
  odd.panels[2].curves.assign(1, {"one point", {3}, {5}, false, -1});
  odd.panels[3].curves.assign(1, {"none", {}, {}, false, -1});
  write_curves(*this / "odd.svg", odd);
  EXPECT_GT(rendered(*this / "odd.svg"), 1000u);
  EXPECT_THROW(write_curves(*this / "a.gif", odd), InputError);
}

TEST_F(Picture, FieldIsDrawn) {
  Field field;
  field.title = "gene", field.x_label = "1", field.y_label = "2", field.color_title = "predicted";
  for (int i = 0; i < 100; ++i) {
    field.x.push_back(static_cast<float>(i));
    field.y.push_back(static_cast<float>(i % 10));
  }
  field.set_extent();
  EXPECT_LT(field.left, 0);
  EXPECT_GT(field.top, 9);
  field.rows = field.columns = 20;
  for (int i = 0; i < 400; ++i) field.values.push_back(static_cast<float>(i));
  write_field(*this / "field.svg", field);
  auto flat = field;
  flat.values.assign(400, 1);
  write_field(*this / "flat.svg", flat);
  EXPECT_GT(rendered(*this / "field.svg"), rendered(*this / "flat.svg"));
}

TEST(Axis, SharesAreOfValuesOrOfTheirLogarithms) {
  EXPECT_DOUBLE_EQ((Axis{2, 6, false}.share(3)), 0.25);
  EXPECT_DOUBLE_EQ((Axis{1, 100, true}.share(10)), 0.5);
  EXPECT_DOUBLE_EQ(nice_step(1, 5), 0.2);
  EXPECT_DOUBLE_EQ(nice_step(37, 5), 10);
}

}  // namespace
}  // namespace replearn::report
