#include "methods/phrases/phrases.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/random.hpp"
#include "support/test_comm.hpp"

namespace replearn::phrases {
namespace {

using test::comm;
using Line = std::vector<std::string>;

/// Noise in which "new york" and "new york times" stand more often than chance would have it.
std::vector<Line> text() {
  std::vector<Line> lines;
  for (std::uint64_t i = 0; i < 400; ++i) {
    RandomStream random(9, Purpose::test, i);
    Line line;
    for (int w = 0; w < 12; ++w) {
      const auto number = random.below(60);
      if (number == 0) {
        line.insert(line.end(), {"new", "york", "times"});
      } else if (number == 1) {
        line.insert(line.end(), {"new", "york"});
      } else {
        line.push_back("w" + std::to_string(number));
      }
    }
    lines.push_back(line);
  }
  return lines;
}

EachLine mine(const std::vector<Line>& lines) {
  return [&lines](const std::function<void(Line&)>& take) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (static_cast<int>(i % static_cast<std::size_t>(comm().size())) != comm().rank()) continue;
      Line line = lines[i];
      take(line);
    }
  };
}

/// The slow obvious way: pairs above the threshold in one pass.
std::set<std::pair<std::string, std::string>> pairs_above(const std::vector<Line>& lines, const Options& options) {
  std::map<std::string, double> count;
  std::map<std::pair<std::string, std::string>, double> both;
  double n = 0;
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      ++n, ++count[line[i]];
      if (i > 0) ++both[{line[i - 1], line[i]}];
    }
  }
  std::set<std::pair<std::string, std::string>> above;
  for (const auto& [pair, ab] : both) {
    const double a = count[pair.first], b = count[pair.second], least = static_cast<double>(options.min_count);
    if (a < least || b < least || ab < least) continue;
    const double score = options.score == Score::count ? (ab - options.discount) * n / (a * b)
                                                       : std::log(ab / n * n * n / (a * b)) / -std::log(ab / n);
    if (score > options.thresholds.front()) above.insert(pair);
  }
  return above;
}

TEST(Phrases, OnePassIsTheDefinition) {
  const auto lines = text();
  for (const auto& [score, threshold] :
       {std::pair{Score::count, 1.05}, {Score::count, 20.0}, {Score::npmi, 0.02}, {Score::npmi, 0.6}}) {
    Options options;
    options.score = score;
    options.thresholds = {threshold};
    const auto found = find(comm(), mine(lines), options);
    const auto expected = pairs_above(lines, options);
    EXPECT_EQ(found.size(0), static_cast<Index>(expected.size())) << threshold;
    EXPECT_GE(found.size(0), 1);
    for (const auto& [a, b] : expected) {
      Line line = {a, b};
      found.join(line);
      EXPECT_EQ(line, Line{a + "_" + b});
    }
  }
}

TEST(Phrases, PassesBuildOnEachOther) {
  Options options;
  options.thresholds = {20, 10};
  const auto lines = text();
  const auto found = find(comm(), mine(lines), options);
  ASSERT_EQ(found.passes(), 2);
  Line line = {"in", "new", "york", "new", "york", "times", "w3", "new"};
  found.join(line);
  EXPECT_EQ(line, (Line{"in", "new_york", "new_york_times", "w3", "new"}));
}

TEST(Phrases, AJoinedPairHasNoPartInTheNext) {
  Phrases phrases;
  phrases.add({"a b", "b c", "c d"});
  Line line = {"a", "b", "c", "d", "b"};
  phrases.join(line);
  EXPECT_EQ(line, (Line{"a_b", "c_d", "b"}));
}

TEST(Phrases, WhatDoesNotFitIsRefused) {
  Options options;
  options.score = Score::npmi;
  options.thresholds = {100};
  EXPECT_THROW(find(comm(), mine({}), options), InputError);
  options = {};
  options.thresholds = {};
  EXPECT_THROW(find(comm(), mine({}), options), InputError);
}

}  // namespace
}  // namespace replearn::phrases
