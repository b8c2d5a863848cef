#include "methods/tsne/fourier.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "base/random.hpp"
#include "numerics/aligned_array.hpp"

namespace replearn::tsne::fourier {
namespace {

using Complex = std::complex<float>;

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

TEST(Fourier, RealLineIsTheDefinitionAndComesBack) {
  for (const Index n : {16, 48, 240}) {
    const auto x = numbers(n, true);
    AlignedArray<float> values(n), back(n);
    AlignedArray<Complex> coefficients(n / 2 + 1);
    for (Index j = 0; j < n; ++j) values.data()[j] = static_cast<float>(x[static_cast<std::size_t>(j)].real());
    const RealLine line(n);
    line.forward(values.data(), coefficients.data());
    for (Index k = 0; k <= n / 2; ++k) {
      const auto expected = coefficient(x, k);
      EXPECT_NEAR(coefficients.data()[k].real(), expected.real(), 1e-5 * std::sqrt(n)) << n << " " << k;
      EXPECT_NEAR(coefficients.data()[k].imag(), expected.imag(), 1e-5 * std::sqrt(n)) << n << " " << k;
    }
    line.backward(coefficients.data(), back.data());
    for (Index j = 0; j < n; ++j) {
      EXPECT_NEAR(back.data()[j] / static_cast<float>(n), x[static_cast<std::size_t>(j)].real(), 1e-5);
    }
  }
}

TEST(Fourier, ComplexLineIsTheDefinitionAndComesBack) {
  const Index n = 144;
  const auto x = numbers(n, false);
  AlignedArray<Complex> values(n), coefficients(n), back(n);
  for (Index j = 0; j < n; ++j) values.data()[j] = Complex(x[static_cast<std::size_t>(j)]);
  const ComplexLine line(n);
  line.forward(values.data(), coefficients.data());
  line.backward(coefficients.data(), back.data());
  for (Index k = 0; k < n; ++k) {
    const auto i = static_cast<std::size_t>(k);
    EXPECT_LT(std::abs(std::complex<double>(coefficients.data()[k]) - coefficient(x, k)), 1e-4) << k;
    EXPECT_LT(std::abs(std::complex<double>(back.data()[k]) / static_cast<double>(n) - x[i]), 1e-5) << k;
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
