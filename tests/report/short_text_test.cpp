#include "report/short_text.hpp"

#include <gtest/gtest.h>

#include <set>

#include "report/canvas.hpp"

namespace replearn::report {
namespace {

double width_of(const std::string& text) { return Canvas::text_size(text, 9, false).width; }

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += (text.empty() ? "" : " ") + line;
  return text;
}

TEST(ShortText, WrapsAtWordsAndKeepsAllOfThem) {
  const std::string text = "effector memory CD8-positive T cell";
  EXPECT_EQ(wrapped(text, 9, false, 1000, 3), std::vector<std::string>{text});
  const auto lines = wrapped(text, 9, false, 100, 3);
  EXPECT_EQ(lines.size(), 2u);
  EXPECT_EQ(joined(lines), text);
  for (const auto& line : lines) EXPECT_LE(width_of(line), 100);
}

TEST(ShortText, LeavesOutTheMiddle) {
  const std::string text = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
  const auto shorter = shortened(text, 9, false, 100);
  EXPECT_LE(width_of(shorter), 100);
  EXPECT_GT(width_of(shorter), 80);
  EXPECT_TRUE(shorter.starts_with("abcd")) << shorter;
  EXPECT_TRUE(shorter.ends_with("wxyz")) << shorter;
  EXPECT_EQ(shortened("ab", 9, false, 100), "ab");
  EXPECT_EQ(shortened("", 9, false, 0), "");
  // Letters of several bytes stay whole: every byte that continues a letter follows one that begins it.
  std::string greek;
  for (int k = 0; k < 40; ++k) greek += "β";
  const auto cut = shortened(greek, 9, false, 77);
  std::size_t betas = 0;
  for (std::size_t at = cut.find("β"); at != std::string::npos; at = cut.find("β", at + 1)) ++betas;
  EXPECT_EQ(cut.size(), 2 * betas + std::string("…").size());
}

TEST(ShortText, NamesThatDifferOnlySomewhereStayDifferent) {
  const std::string filler(60, 'm');
  std::vector<std::string> names;
  for (int k = 0; k < 12; ++k) {
    names.push_back(filler + filler + std::to_string(k));                     // the end differs
    names.push_back(std::to_string(k) + filler + filler);                     // the beginning
    names.push_back(filler + "n" + std::string(k + 1, 'o') + filler + "ppp");  // the middle
  }
  std::set<std::vector<std::string>> seen;
  for (const auto& lines : wrapped_names(names, 9, false, 100, 3)) {
    EXPECT_TRUE(seen.insert(lines).second) << joined(lines);
    EXPECT_LE(lines.size(), 3u);
    for (const auto& line : lines) EXPECT_LE(width_of(line), 101);
  }
}

}  // namespace
}  // namespace replearn::report
