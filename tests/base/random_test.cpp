#include "base/random.hpp"

#include <Random123/philox.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "support/reference/philox.hpp"

namespace replearn {
namespace {

using Four = std::array<std::uint32_t, 4>;
using Two = std::array<std::uint32_t, 2>;

struct KnownAnswer {
  Four counter;
  Two key;
  Four answer;
};

/// The lines "philox4x32 10" of tests/kat_vectors in Random123's own distribution.
const std::vector<KnownAnswer> known_answers = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

Four by_library(const Four& counter, const Two& key) {
  const auto result = r123::Philox4x32{}({{counter[0], counter[1], counter[2], counter[3]}}, {{key[0], key[1]}});
  return {result[0], result[1], result[2], result[3]};
}

TEST(Philox, GivesTheKnownAnswers) {
  for (const auto& known : known_answers) {
    EXPECT_EQ(by_library(known.counter, known.key), known.answer);
    EXPECT_EQ(test::philox4x32_10(known.counter, known.key), known.answer);
  }
}

TEST(RandomStream, IsPhiloxOfIndexPurposeAndBlockUnderTheSeed) {
  for (const std::uint64_t seed : {0ull, 1ull, 0x299f31d0a4093822ull}) {
    for (const std::uint64_t index : {0ull, 7ull, 0x85a308d3243f6a88ull}) {
      for (const auto purpose : {Purpose::test, Purpose::tsne_start, static_cast<Purpose>(0x13198a2e)}) {
        RandomStream stream(seed, purpose, index);
        for (std::uint32_t block = 0; block < 3; ++block) {
          const Four expected =
              test::philox4x32_10({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32),
                                   static_cast<std::uint32_t>(purpose), block},
                                  {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
          for (const auto number : expected) EXPECT_EQ(stream.next_u32(), number);
        }
      }
    }
  }
}

// Results that users keep depend on these numbers: a purpose that is renumbered changes them.
TEST(RandomStream, PurposesKeepTheirNumbers) {
  EXPECT_EQ(static_cast<int>(Purpose::test), 0);
  EXPECT_EQ(static_cast<int>(Purpose::simulate), 1);
  EXPECT_EQ(static_cast<int>(Purpose::randomized_svd_sketch), 2);
  EXPECT_EQ(static_cast<int>(Purpose::tsne_start), 3);
  EXPECT_EQ(static_cast<int>(Purpose::drawing_order), 4);
}

TEST(RandomStream, NoDrawOfOneStreamIsFoundInAnother) {
  // 64 streams x 64 pairs of draws: that two of 4,096 random 64-bit numbers are equal has probability 5e-13.
  std::set<std::uint64_t> seen;
  std::size_t drawn = 0;
  for (const std::uint64_t seed : {0, 1}) {
    for (const auto purpose : {Purpose::test, Purpose::simulate}) {
      for (std::uint64_t index = 0; index < 16; ++index) {
        RandomStream stream(seed, purpose, index);
        for (int i = 0; i < 64; ++i, ++drawn) {
          const std::uint64_t high = stream.next_u32();
          seen.insert(high << 32 | stream.next_u32());
        }
      }
    }
  }
  EXPECT_EQ(seen.size(), drawn);
}

constexpr int draws = 200000;

template <class Draw>
std::vector<double> drawn(std::uint64_t index, Draw draw) {
  RandomStream stream(11, Purpose::test, index);
  std::vector<double> values(draws);
  for (auto& value : values) value = draw(stream);
  return values;
}

/// Mean of f over the values.
template <class F>
double mean(const std::vector<double>& values, F f) {
  double sum = 0;
  for (const double value : values) sum += f(value);
  return sum / static_cast<double>(values.size());
}

double correlation(const std::vector<double>& a, const std::vector<double>& b, std::size_t lag) {
  double sum = 0;
  for (std::size_t i = 0; i + lag < a.size(); ++i) sum += a[i] * b[i + lag];
  return sum / static_cast<double>(a.size() - lag);
}

/// Bounds below are five standard errors: sigma / sqrt(draws).
const double five = 5 / std::sqrt(static_cast<double>(draws));

TEST(RandomStream, UniformNumbersHaveTheMomentsOfTheUniform) {
  const auto u = drawn(0, [](RandomStream& s) { return s.uniform(); });
  EXPECT_GE(*std::min_element(u.begin(), u.end()), 0.0);
  EXPECT_LT(*std::max_element(u.begin(), u.end()), 1.0);
  // E u^k = 1 / (k + 1), var u^k = 1 / (2k + 1) - 1 / (k + 1)^2
  for (int k = 1; k <= 4; ++k) {
    const double expected = 1.0 / (k + 1);
    EXPECT_NEAR(mean(u, [&](double x) { return std::pow(x, k); }), expected,
                five * std::sqrt(1.0 / (2 * k + 1) - expected * expected))
        << "moment " << k;
  }
  // The last of 53 bits is as often set as not.
  EXPECT_NEAR(mean(u, [](double x) { return std::fmod(x * 0x1p53, 2); }), 0.5, five * 0.5);
}

TEST(RandomStream, UniformNumbersFillTheirCellsEvenly) {
  const auto u = drawn(1, [](RandomStream& s) { return s.uniform(); });
  std::vector<double> cells(100);
  for (const double x : u) ++cells[static_cast<std::size_t>(100 * x)];
  double chi2 = 0;
  for (const double count : cells) chi2 += (count - draws / 100.0) * (count - draws / 100.0) / (draws / 100.0);
  EXPECT_NEAR(chi2, 99, 5 * std::sqrt(2 * 99.0));  // 99 degrees of freedom: mean 99, variance 198
}

TEST(RandomStream, NormalNumbersHaveTheMomentsOfTheNormal) {
  const auto z = drawn(2, [](RandomStream& s) { return s.normal(); });
  // var x = 1, var x^2 = 2, var x^3 = 15, var x^4 = 105 - 9
  EXPECT_NEAR(mean(z, [](double x) { return x; }), 0, five);
  EXPECT_NEAR(mean(z, [](double x) { return x * x; }), 1, five * std::sqrt(2.0));
  EXPECT_NEAR(mean(z, [](double x) { return x * x * x; }), 0, five * std::sqrt(15.0));
  EXPECT_NEAR(mean(z, [](double x) { return x * x * x * x; }), 3, five * std::sqrt(96.0));
  // P(|x| < 1) = erf(1 / sqrt 2)
  const double inside = std::erf(std::sqrt(0.5));
  EXPECT_NEAR(mean(z, [](double x) { return std::abs(x) < 1 ? 1.0 : 0.0; }), inside,
              five * std::sqrt(inside * (1 - inside)));
}

TEST(RandomStream, NeighboringStreamsAndDrawsAreUncorrelated) {
  const auto draw = [](RandomStream& s) { return s.normal(); };
  const auto a = drawn(3, draw), b = drawn(4, draw);
  for (const std::size_t lag : {0, 1, 2, 3}) {
    EXPECT_NEAR(correlation(a, b, lag), 0, 1.01 * five) << "between streams, lag " << lag;
    if (lag > 0) {
      EXPECT_NEAR(correlation(a, a, lag), 0, 1.01 * five) << "within a stream, lag " << lag;
    }
  }
}

TEST(RandomStream, BelowIsEvenAndInBounds) {
  RandomStream stream(5, Purpose::test, 0);
  std::vector<double> cells(7);
  for (int i = 0; i < draws; ++i) {
    const auto value = stream.below(7);
    ASSERT_LT(value, 7u);
    ++cells[value];
  }
  for (const double count : cells) EXPECT_NEAR(count / draws, 1.0 / 7, five * std::sqrt(6.0 / 49));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(stream.below(1), 0u);
}

// 3 * 2^30 does not divide 2^32. Without rejection the values below it are every third hit twice: a mean of value mod 3
// far from 1.
TEST(RandomStream, BelowHasNoBiasForLargeBounds) {
  RandomStream stream(5, Purpose::test, 1);
  const std::uint32_t bound = 3u << 30;
  double sum = 0;
  for (int i = 0; i < draws; ++i) sum += stream.below(bound) % 3;
  EXPECT_NEAR(sum / draws, 1.0, five * std::sqrt(2.0 / 3));
}

}  // namespace
}  // namespace replearn
