#include <gtest/gtest.h>

#include <cmath>

#include "formats_fixture.hpp"
#include "io/input.hpp"

namespace replearn {
namespace {

using test::expect_input_error;
using test::TempFolder;
using Texts = std::vector<std::string>;

Annotations cells() {
  Annotations obs;
  obs.names = {"c1-1", "c2-1", "c3-1", "c4-1"};
  obs.set("batch", std::vector<std::int64_t>{1, 1, 2, 2});
  return obs;
}

TEST(JoinObs, JoinsByNameAndTypesTheColumns) {
  TempFolder folder;
  const auto path = folder.put("l.tsv.gz",
                               "cell\ttype\tdepth\tscore\tplate\tbatch\n"
                               "c3-1\tB cell\t30\t.5\t001\tx\n"
                               "c1-1\tT cell\t10\t-2e3\t002\ty\n"
                               "c4-1\tB cell\t40\tNA\t001\tx\n"
                               "c2-1\t\t20\t1\t003\ty\n");
  auto obs = cells();
  const auto lines = io::join_obs(obs, path);
  EXPECT_EQ(obs.column_names(), (Texts{"batch", "type", "depth", "score", "plate"}));
  const auto& type = std::get<Categorical>(*obs.find("type"));
  EXPECT_EQ(type.categories, (Texts{"B cell", "T cell"}));
  EXPECT_EQ(type.codes, (std::vector<std::int32_t>{1, -1, 0, 0}));
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(*obs.find("depth")), (std::vector<std::int64_t>{10, 20, 30, 40}));
  const auto& score = std::get<std::vector<double>>(*obs.find("score"));
  EXPECT_EQ(score[0], -2000);
  EXPECT_EQ(score[1], 1);
  EXPECT_EQ(score[2], .5);
  EXPECT_TRUE(std::isnan(score[3]));
  EXPECT_EQ(std::get<Categorical>(*obs.find("plate")).categories, (Texts{"001", "002", "003"}));
  EXPECT_EQ(std::get<Categorical>(*obs.find("batch")).codes, (std::vector<std::int32_t>{1, 1, 0, 0}));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_NE(lines[0].find("4 of 4 observations found, 5 columns joined"), std::string::npos);
  EXPECT_EQ(lines[1], "replaced columns of obs: batch");
}

TEST(JoinObs, TellsWhatDidNotMatch) {
  TempFolder folder;
  auto obs = cells();
  const auto lines = io::join_obs(obs, folder.put("l.csv", "\"n\"\n\"c2-1\",7\n\"other\",8\n\"c3-1\",9\n"));  // R
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_NE(lines[0].find("2 of 4 observations found, 1 columns joined"), std::string::npos);
  EXPECT_EQ(lines[1], "2 observations are missing from the table: 'c1-1', 'c4-1'");
  EXPECT_EQ(lines[2], "1 rows of the table match no observation: 'other'");
  const auto& n = std::get<std::vector<double>>(*obs.find("n"));  // integers, but not all there
  EXPECT_TRUE(std::isnan(n[0]));
  EXPECT_EQ(n[1], 7);
  EXPECT_EQ(n[2], 9);
}

TEST(JoinObs, RefusesTablesThatSayNothing) {
  TempFolder folder;
  const auto fails = [&](const std::string& text, const std::string& place, const std::string& what) {
    const auto path = folder.put("l.csv", text);
    auto obs = cells();
    expect_input_error([&] { io::join_obs(obs, path); }, "l.csv", place, what);
    EXPECT_EQ(obs.columns.size(), 1u);
  };
  fails("cell,type\nx,B\ny,T\n", "", "the table has 'x', 'y', the observations are 'c1-1', 'c2-1', 'c3-1', ...");
  fails("cell,type\nc1-1,B\nc1-1,T\n", "row 2", "'c1-1' already occurs at row 1");
  fails("cell,type,type\nc1-1,B,C\n", "column 3", "'type' already occurs at column 2");
  fails("cell,type\nc1-1,B\nc2-1\n", "line 3", "1 columns where there should be 2");
  fails("cell,type\n", "", "not a header");
  fails("cell\nc1-1\n", "", "not a header");
  const auto path = folder.put("l.csv", "cell,type\nc1,B\n");
  auto obs = cells();
  try {
    io::join_obs(obs, path);
    ADD_FAILURE() << "joined";
  } catch (const InputError& error) {
    EXPECT_NE(error.hint().find("suffix"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace replearn
