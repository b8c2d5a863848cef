#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <queue>
#include <set>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "methods/word2vec/huffman.hpp"
#include "methods/word2vec/options.hpp"
#include "methods/word2vec/sampling.hpp"
#include "support/test_comm.hpp"

namespace replearn::word2vec {
namespace {

std::vector<Index> zipf(Index words) {
  std::vector<Index> counts;
  for (Index i = 0; i < words; ++i) counts.push_back(1'000'000 / (i + 1));
  return counts;
}

/// The least sum of count times length of code, by a heap.
Index min_cost(const std::vector<Index>& counts) {
  std::priority_queue<Index, std::vector<Index>, std::greater<>> weights(counts.begin(), counts.end());
  Index cost = 0;
  while (weights.size() > 1) {
    Index sum = weights.top();
    weights.pop();
    sum += weights.top();
    weights.pop();
    weights.push(sum);
    cost += sum;
  }
  return cost;
}

TEST(Huffman, CodesAreShortestPrefixFreeAndFillTheTree) {
  std::vector<Index> fibonacci = {1, 1};
  while (fibonacci.size() < 60) fibonacci.push_back(fibonacci.back() + fibonacci[fibonacci.size() - 2]);
  std::reverse(fibonacci.begin(), fibonacci.end());  // the deepest tree there is: codes of 59 bits
  for (const auto& counts : {zipf(2), zipf(3), zipf(1000), std::vector<Index>(17, 5), fibonacci}) {
    const Huffman tree(test::comm(), counts);
    Index cost = 0, longest = 0;
    double kraft = 0;
    std::set<std::string> prefixes, codes;
    std::map<std::string, std::int32_t> node_at;
    for (std::size_t w = 0; w < counts.size(); ++w) {
      const auto code = tree.code(static_cast<Index>(w));
      const auto path = tree.path(static_cast<Index>(w));
      ASSERT_EQ(code.size(), path.size());
      EXPECT_EQ(path.front(), 0) << "the root";
      std::string bits;
      for (std::size_t b = 0; b < code.size(); ++b) {
        prefixes.insert(bits);
        EXPECT_EQ(node_at.emplace(bits, path[b]).first->second, path[b]) << "one node, one number";
        bits += static_cast<char>('0' + code[b]);
      }
      codes.insert(bits);
      cost += counts[w] * static_cast<Index>(code.size());
      longest = std::max<Index>(longest, static_cast<Index>(code.size()));
      kraft += std::pow(0.5, static_cast<double>(code.size()));
    }
    EXPECT_EQ(cost, min_cost(counts));
    EXPECT_EQ(tree.max_code_length(), longest);
    EXPECT_DOUBLE_EQ(kraft, 1);
    EXPECT_EQ(codes.size(), counts.size());
    for (const auto& code : codes) EXPECT_FALSE(prefixes.contains(code));
    EXPECT_EQ(node_at.size(), counts.size() - 1);
  }
}

TEST(NoiseDistribution, AreDrawnInProportionToCountToThePower) {
  const auto counts = zipf(500);
  for (const double power : {0.75, 0.0, 1.0, -0.5}) {
    const NoiseDistribution noise(test::comm(), counts, power);
    double sum = 0;
    for (const Index count : counts) sum += std::pow(static_cast<double>(count), power);
    RandomStream random(1, Purpose::test, 0);
    constexpr int draws = 400'000;
    std::vector<double> met(counts.size());
    for (int i = 0; i < draws; ++i) ++met[static_cast<std::size_t>(noise.draw(random))];
    double chi_square = 0;
    for (std::size_t w = 0; w < counts.size(); ++w) {
      const double expected = draws * std::pow(static_cast<double>(counts[w]), power) / sum;
      chi_square += (met[w] - expected) * (met[w] - expected) / expected;
    }
    const double freedom = static_cast<double>(counts.size()) - 1;
    EXPECT_LT(std::abs(chi_square - freedom), 5 * std::sqrt(2 * freedom)) << power;
  }
}

TEST(Subsampling, KeepsByTheCProgramsRule) {
  const auto counts = zipf(1000);
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), Index{0}));
  for (const double s : {1e-2, 1e-3, 1e-4}) {
    const Subsampling law(test::comm(), counts, s);
    for (const std::size_t w : {std::size_t{0}, std::size_t{3}, std::size_t{40}, std::size_t{999}}) {
      const double f = static_cast<double>(counts[w]) / total;
      const double expected = std::min(1.0, (std::sqrt(f / s) + 1) * s / f);
      EXPECT_NEAR(law.probability(static_cast<Index>(w)), expected, 1e-9);
      RandomStream random(2, Purpose::test, w);
      int kept = 0;
      constexpr int trials = 50'000;
      for (int i = 0; i < trials; ++i) kept += law.keeps(static_cast<std::int32_t>(w), random) ? 1 : 0;
      EXPECT_NEAR(kept, trials * expected, 5 * std::sqrt(trials * expected * (1 - expected)) + 1e-9);
    }
  }
  const Subsampling none(test::comm(), counts, 0);
  EXPECT_EQ(none.probability(0), 1);
}

TEST(Options, LearningRateFallsInALineAndPresetsAreThePrograms) {
  Options options;
  options.alpha = 0.2;
  options.min_alpha = 0.1;
  EXPECT_DOUBLE_EQ(options.alpha_at(0, 1), 0.2);
  EXPECT_DOUBLE_EQ(options.alpha_at(0.25, 1), 0.175);
  EXPECT_DOUBLE_EQ(options.alpha_at(1.5, 1), 0.1);
  apply(Preset::google, options);
  EXPECT_EQ(options.architecture, Architecture::cbow);
  EXPECT_DOUBLE_EQ(options.alpha_at(0, 1), 0.05);
  EXPECT_DOUBLE_EQ(options.sample, 1e-3);
  apply(Preset::gensim, options);
  EXPECT_DOUBLE_EQ(options.alpha_at(0, 1), 0.025);
  EXPECT_NEAR(options.alpha_at(1, 1), 1e-4, 1e-15);
}

TEST(Options, WhatDoesNotFitIsRefused) {
  const auto refused = [](auto change) {
    Options options;
    change(options);
    EXPECT_THROW(options.validate(100), InputError);
  };
  refused([](Options& o) { o.dimensions = 0; });
  refused([](Options& o) { o.window = 0; });
  refused([](Options& o) { o.negative = 0; });
  refused([](Options& o) { o.sample = 1; });
  refused([](Options& o) { o.epochs = 0; });
  refused([](Options& o) { o.alpha = -1; });
  EXPECT_THROW(Options().validate(1), InputError);
  EXPECT_NO_THROW(Options().validate(2));
}

}  // namespace
}  // namespace replearn::word2vec
