#include "methods/tsne/fourier.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "base/random.hpp"
#include "numerics/aligned_array.hpp"

namespace replearn::tsne::fourier {
namespace {

/// sum_j x_j exp(-2 pi i j k / n), in float64: the definition.
std::complex<double> coefficient(const std::vector<std::complex<double>>& x, Index k) {
  std::complex<double> sum = 0;
  const auto n = static_cast<double>(x.size());
  for (std::size_t j = 0; j < x.size(); ++j) {
    const double turns = std::fmod(static_cast<double>(j) * static_cast<double>(k), n) / n;
    sum += x[j] * std::polar(1.0, -2 * std::numbers::pi * turns);
  }
  return sum;
}

std::vector<std::complex<double>> numbers(Index n, bool real) {
  RandomStream stream(5, Purpose::test, 0);
  std::vector<std::complex<double>> x;
  for (Index j = 0; j < n; ++j) {
    const auto re = static_cast<float>(stream.normal()), im = static_cast<float>(stream.normal());
    x.emplace_back(static_cast<double>(re), real ? 0.0 : static_cast<double>(im));
  }
  return x;
}

TEST(Fourier, FastLengthsAreProductsOfSmallPrimes) {
  EXPECT_EQ(fast_length(1), 16);
  EXPECT_EQ(fast_length(16), 16);
  EXPECT_EQ(fast_length(17), 32);
  EXPECT_EQ(fast_length(97), 128);     // 112 = 16 * 7
  EXPECT_EQ(fast_length(1281), 1296);  // 16 * 81
}

TEST(Fourier, RealLinesAreTheDefinitionAndComeBack) {
  for (const Index n : {16, 48, 240}) {
    const auto x = numbers(n * lanes, true);
    AlignedArray<float> values(n * lanes);
    for (Index i = 0; i < n * lanes; ++i) values.data()[i] = static_cast<float>(x[static_cast<std::size_t>(i)].real());
    const auto transform = make_real_lines(n);
    transform->forward(values.data());
    for (Index l = 0; l < lanes; ++l) {
      std::vector<std::complex<double>> line;
      for (Index j = 0; j < n; ++j) line.push_back(x[static_cast<std::size_t>(j * lanes + l)]);
      for (Index k = 0; k <= n / 2; ++k) {
        const auto expected = coefficient(line, k);
        const auto at = [&](Index j) { return static_cast<double>(values.data()[j * lanes + l]); };
        EXPECT_NEAR(at(k == 0 ? 0 : 2 * k - 1), expected.real(), 1e-5 * std::sqrt(n)) << n << " " << k;
        if (k == 0 || k == n / 2) continue;
        EXPECT_NEAR(at(2 * k), expected.imag(), 1e-5 * std::sqrt(n)) << n << " " << k;
      }
    }
    transform->backward(values.data());
    for (Index i = 0; i < n * lanes; ++i) {
      EXPECT_NEAR(values.data()[i] / static_cast<float>(n), x[static_cast<std::size_t>(i)].real(), 1e-5);
    }
  }
}

TEST(Fourier, ComplexLinesAreTheDefinitionAndComeBack) {
  const Index n = 144;
  const auto x = numbers(n * lanes, false);
  AlignedArray<float> values(2 * n * lanes);
  const auto at = [&](Index j, Index l) {
    return std::complex<double>(values.data()[2 * j * lanes + l], values.data()[(2 * j + 1) * lanes + l]);
  };
  for (Index j = 0; j < n; ++j) {
    for (Index l = 0; l < lanes; ++l) {
      const auto number = x[static_cast<std::size_t>(j * lanes + l)];
      values.data()[2 * j * lanes + l] = static_cast<float>(number.real());
      values.data()[(2 * j + 1) * lanes + l] = static_cast<float>(number.imag());
    }
  }
  const auto transform = make_complex_lines(n);
  transform->forward(values.data());
  for (Index l = 0; l < lanes; ++l) {
    std::vector<std::complex<double>> line;
    for (Index j = 0; j < n; ++j) line.push_back(x[static_cast<std::size_t>(j * lanes + l)]);
    for (Index k = 0; k < n; ++k) EXPECT_LT(std::abs(at(k, l) - coefficient(line, k)), 1e-4) << k;
  }
  transform->backward(values.data());
  for (Index j = 0; j < n; ++j) {
    for (Index l = 0; l < lanes; ++l) {
      EXPECT_LT(std::abs(at(j, l) / static_cast<double>(n) - x[static_cast<std::size_t>(j * lanes + l)]), 1e-5) << j;
    }
  }
}

/// A line's result depends neither on its lane nor on the other lines: rows are grouped differently on more ranks.
TEST(Fourier, LinesAreIndependentToTheBit) {
  const Index n = 240;
  const auto x = numbers(n, true);
  for (const bool real : {true, false}) {
    const auto transform = real ? make_real_lines(n) : make_complex_lines(n / 2);
    std::vector<float> first;
    for (Index lane = 0; lane < lanes; ++lane) {
      AlignedArray<float> values(n * lanes);
      RandomStream others(7, Purpose::test, static_cast<std::uint64_t>(lane));
      for (float& v : values.values()) v = static_cast<float>(others.normal());
      for (Index j = 0; j < n; ++j) {
        values.data()[j * lanes + lane] = static_cast<float>(x[static_cast<std::size_t>(j)].real());
      }
      transform->forward(values.data());
      transform->backward(values.data());
      std::vector<float> mine;
      for (Index j = 0; j < n; ++j) mine.push_back(values.data()[j * lanes + lane]);
      if (lane == 0) first = mine;
      EXPECT_EQ(mine, first) << lane;
    }
  }
}

/// Of a function of period 2 half by [0, half].
std::vector<std::complex<double>> extended(const std::vector<float>& part, Index half, Parity parity) {
  std::vector<std::complex<double>> whole(static_cast<std::size_t>(2 * half));
  for (Index j = 0; j < 2 * half; ++j) {
    const Index mirrored = j <= half ? j : 2 * half - j;
    const double sign = parity == Parity::odd && j > half ? -1 : 1;
    const bool zero = parity == Parity::odd && (j == 0 || j == half);
    whole[static_cast<std::size_t>(j)] =
        zero ? 0 : sign * static_cast<double>(part[static_cast<std::size_t>(mirrored)]);
  }
  return whole;
}

TEST(Fourier, HalvesAndQuartersAreTheDefinition) {
  const Index half = 8, line = half + 1;
  RandomStream stream(6, Purpose::test, 1);
  std::vector<float> first(line), second(line);
  for (auto& v : first) v = static_cast<float>(stream.normal());
  for (auto& v : second) v = static_cast<float>(stream.normal());
  for (const Parity a : {Parity::even, Parity::odd}) {
    // An even function has a real transform, an odd one an imaginary: -i times what is given.
    const auto given = [&](const std::vector<float>& part, Parity parity, Index k) {
      const auto value = coefficient(extended(part, half, parity), k);
      return parity == Parity::even ? value.real() : -value.imag();
    };
    AlignedArray<float> values(line);
    for (Index j = 0; j < line; ++j) {
      const bool zero = a == Parity::odd && (j == 0 || j == half);
      values.data()[j] = zero ? 0 : first[static_cast<std::size_t>(j)];
    }
    transform_half(values.data(), half, a);
    for (Index k = 0; k <= half; ++k) EXPECT_NEAR(values.data()[k], given(first, a, k), 1e-5) << k;

    // A product of functions of one direction each has the product of their transforms.
    for (const Parity b : {Parity::even, Parity::odd}) {
      AlignedArray<float> plane(line * line);
      for (Index i = 0; i < line; ++i) {
        for (Index j = 0; j < line; ++j) {
          const bool zero = (a == Parity::odd && (i == 0 || i == half)) || (b == Parity::odd && (j == 0 || j == half));
          plane.data()[i * line + j] =
              zero ? 0 : first[static_cast<std::size_t>(i)] * second[static_cast<std::size_t>(j)];
        }
      }
      transform_quarter(plane.data(), half, a, b);
      for (Index i = 0; i <= half; ++i) {
        for (Index j = 0; j <= half; ++j) {
          EXPECT_NEAR(plane.data()[i * line + j], given(first, a, i) * given(second, b, j), 1e-4) << i << " " << j;
        }
      }
    }
  }
}

}  // namespace
}  // namespace replearn::tsne::fourier
