#include "report/scatter.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "base/error.hpp"
#include "report/canvas.hpp"
#include "report/scatter_layout.hpp"
#include "scatters.hpp"

namespace replearn::report {
namespace {

namespace fs = std::filesystem;

class ScatterFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = (fs::temp_directory_path() / "replearn_report_XXXXXX").string();
    ASSERT_TRUE(mkdtemp(path.data()));
    folder_ = path;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string operator/(const std::string& name) const { return folder_ + "/" + name; }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  std::string folder_;
};

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Whether an independent reader takes the file.
bool opens(const std::string& path) {
  const std::string quoted = "'" + path + "'", quiet = " >/dev/null 2>&1";
  if (path.ends_with(".svg")) {
    return std::system((XMLLINT " --noout --nonet " + quoted + quiet).c_str()) == 0 &&
           std::system((RSVG_CONVERT " " + quoted + quiet).c_str()) == 0;
  }
  if (path.ends_with(".pdf")) return std::system((PDFTOPPM " -r 20 " + quoted + quiet).c_str()) == 0;
  const std::string bytes = bytes_of(path);
  return bytes.starts_with("\x89PNG\r\n\x1a\n") && bytes.substr(bytes.size() - 8, 4) == "IEND";
}

TEST_F(ScatterFile, OpensInEveryFormatForEveryColoring) {
  auto missing = clouds(400, 40);
  for (std::size_t i = 0; i < 400; i += 7) missing.categories.codes[i] = -1;
  auto gene = with_values(clouds(400, 5), "HLA-DRA & <co>");
  gene.values[3] = NAN;
  auto constant = gene, none = gene;
  constant.values.assign(400, 2.0f);
  none.values.assign(400, NAN);
  Scatter plain = clouds(400, 1);
  plain.categories = {};
  plain.color_title.clear();
  const std::vector<std::pair<std::string, Scatter>> pictures = {
      {"missing", missing}, {"gene", gene},        {"constant", constant},      {"none", none},
      {"plain", plain},     {"one", clouds(1, 1)}, {"many", clouds(21'000, 13)}};
  for (const auto& [name, scatter] : pictures) {
    for (const char* suffix : {".png", ".svg", ".pdf"}) {
      const std::string path = *this / (name + suffix);
      write_scatter(path, scatter);
      EXPECT_TRUE(opens(path)) << path;
    }
  }
  EXPECT_EQ(files(), 3 * pictures.size());  // nothing temporary stays
}

TEST_F(ScatterFile, HasItsTextAsText) {
  write_scatter(*this / "gene.svg", with_values(clouds(40, 5), "HLA-DRA & <co>"));
  const std::string bytes = bytes_of(*this / "gene.svg");
  EXPECT_NE(bytes.find(">HLA-DRA &amp; &lt;co></text>"), std::string::npos);
  EXPECT_EQ(bytes.find("<symbol"), std::string::npos) << "no outlines of letters";
  // Nor if names have to be shortened, and each label on the map once.
  auto many = clouds(400, 13);
  many.title = std::string(200, 'm');
  write_scatter(*this / "many.svg", many);
  const std::string labels = bytes_of(*this / "many.svg");
  EXPECT_EQ(labels.find("<symbol"), std::string::npos);
  std::size_t found = 0;
  for (auto at = labels.find(">13</text>"); at != std::string::npos; at = labels.find(">13</text>", at + 1)) ++found;
  for (auto at = labels.find(">group 13</text>"); at != std::string::npos; at = labels.find(">group 13</text>", at + 1)) ++found;
  EXPECT_EQ(found, 2u);
}

/// Colors of the pixels of a PNG, as 0xRRGGBB.
std::map<std::uint32_t, int> pixels_of(const std::string& path) {
  cairo_surface_t* image = cairo_image_surface_create_from_png(path.c_str());
  cairo_surface_flush(image);
  std::map<std::uint32_t, int> colors;
  for (int row = 0; row < cairo_image_surface_get_height(image); ++row) {
    const auto* line = reinterpret_cast<const std::uint32_t*>(cairo_image_surface_get_data(image) +
                                                              row * cairo_image_surface_get_stride(image));
    for (int column = 0; column < cairo_image_surface_get_width(image); ++column) ++colors[line[column] & 0xFFFFFF];
  }
  cairo_surface_destroy(image);
  return colors;
}

TEST_F(ScatterFile, UsesTheColorsOfItsCategoriesAlsoIfSomeHaveNoPoints) {
  auto scatter = clouds(300, 3);
  scatter.category_colors = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}};
  for (auto& code : scatter.categories.codes) code = code == 0 ? 2 : code;
  write_scatter(*this / "own.png", scatter, {7, 5.5, 150, 0, 1});
  auto pixels = pixels_of(*this / "own.png");
  EXPECT_EQ(pixels[0xFF0000], 0);
  EXPECT_GT(pixels[0x00FF00], 1000);
  EXPECT_GT(pixels[0x0000FF], 1000);
}

TEST_F(ScatterFile, HasNoLinesFromTextsToShapes) {
  {
    Canvas canvas(*this / "arc.png", 200, 200, 72);
    canvas.set_color({0, 0, 0});
    canvas.text(10, 10, ".", 2);
    cairo_arc(canvas.context(), 180, 180, 4, 0, 3.14159);
    cairo_fill(canvas.context());
    canvas.save();
  }
  EXPECT_LT(pixels_of(*this / "arc.png")[0x000000], 40);  // half a disc has 25
}

TEST_F(ScatterFile, OfPanelsHasOneLegendPerRow) {
  auto map = clouds(100, 3), gene = with_values(clouds(100, 3), "CD79A");
  write_panels(*this / "panels.svg", {map, map, map, gene, gene}, 3, {0, 3.6, 150, 0, 0});
  const std::string bytes = bytes_of(*this / "panels.svg");
  const auto count = [&](const std::string& text) {
    std::size_t found = 0;
    for (auto at = bytes.find(">" + text + "</text>"); at != std::string::npos;
         at = bytes.find(">" + text + "</text>", at + 1)) {
      ++found;
    }
    return found;
  };
  EXPECT_EQ(count("group 2"), 1u);
  EXPECT_EQ(count("cell type"), 1u);
  EXPECT_EQ(count("CD79A"), 2u);
  EXPECT_EQ(count("t-SNE"), 5u);
  EXPECT_NE(bytes.find("height=\"518"), std::string::npos);  // two rows of 3.6 inches
  write_panels(*this / "row.svg", {map, map, map}, 3, {0, 3.6, 150, 0, 0});
  const std::string row = bytes_of(*this / "row.svg");
  const auto layout = lay_out(map, {0, 3.6, 150, 0, 0});
  EXPECT_NEAR(std::stod(row.substr(row.find("width=\"") + 7)), 3 * layout.width - 2 * (layout.legend.width + 18), 1);
}

TEST_F(ScatterFile, DrawsTheHighestValuesLast) {
  // 1,000 points in one place; the highest is the first of the data. Few as discs, many as an image.
  for (const std::size_t n : {1'000u, 30'000u}) {
    Scatter scatter;
    scatter.color_title = "gene";
    scatter.has_legend = false;
    for (std::size_t i = 0; i < n; ++i) {
      scatter.x.push_back(0);
      scatter.y.push_back(0);
      scatter.values.push_back(i == 0 ? 10.0f : i == 1 ? NAN : 0.001f * static_cast<float>(i % 7));
    }
    write_scatter(*this / "top.png", scatter, {3, 3, 150, 20, 1});
    auto pixels = pixels_of(*this / "top.png");
    const Color top = color_scale(scatter.values, {}, {}, false).color(10);
    EXPECT_GT(pixels[static_cast<std::uint32_t>(top.red << 16 | top.green << 8 | top.blue)], 500);
    EXPECT_LT(pixels[0xC8C8C8], 50) << "missing values are below; letters have a few pixels of this gray";
  }
}

TEST_F(ScatterFile, OfAMillionPointsIsSmall) {
  write_scatter(*this / "million.pdf", clouds(1'000'000, 20));
  EXPECT_TRUE(opens(*this / "million.pdf"));
  EXPECT_LT(fs::file_size(*this / "million.pdf"), 8'000'000u);
}

TEST_F(ScatterFile, IsTheSameEachTime) {
  write_scatter(*this / "a.png", clouds(400, 5));
  write_scatter(*this / "b.png", clouds(400, 5));
  EXPECT_EQ(bytes_of(*this / "a.png"), bytes_of(*this / "b.png"));
}

TEST_F(ScatterFile, IsMadeWholeOrNotAtAll) {
  std::ofstream(*this / "old.png") << "precious";
  EXPECT_THROW(write_scatter(*this / "old.png", clouds(4000, 201)), InputError);
  EXPECT_THROW(write_scatter(*this / "picture.jpg", clouds(10, 2)), InputError);
  EXPECT_THROW(write_scatter(*this / "no/picture.png", clouds(10, 2)), InputError);
  fs::create_directory(*this / "folder.png");
  EXPECT_THROW(write_scatter(*this / "folder.png", clouds(10, 2)), std::exception);
  EXPECT_EQ(bytes_of(*this / "old.png"), "precious");
  EXPECT_EQ(files(), 2u);
}

}  // namespace
}  // namespace replearn::report
