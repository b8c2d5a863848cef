#include "numerics/exact_sums.hpp"

#include <cmath>

#include "mpi/collectives.hpp"

namespace replearn {
namespace {

/// A sum of two doubles, together of twice their precision.
struct DoubleDouble {
  double high, low;
};

DoubleDouble split(Int128 value, int exponent) {
  const auto high = static_cast<double>(value);
  // The largest integers are rounded up to 2^127, which Int128 cannot hold.
  const auto low = std::abs(high) < std::ldexp(1.0, 126) ? static_cast<double>(value - static_cast<Int128>(high)) : 0.0;
  return {std::ldexp(high, exponent), std::ldexp(low, exponent)};
}

int exponent_above(double value) {
  int exponent = 0;
  std::frexp(value, &exponent);
  return exponent;
}

constexpr int bits = 126;          // of a sum, without its sign
constexpr int bits_per_part = 42;  // of a sum, in a reduction: leaves 21 bits for the number of ranks
constexpr std::size_t parts = 3;

}  // namespace

ExactSums::ExactSums(const std::vector<double>& bounds, Index count) {
  const int bits_of_count = exponent_above(static_cast<double>(count));
  sums_.reserve(bounds.size());
  for (const double bound : bounds) {
    const int exponent = exponent_above(bound);
    sums_.push_back({0, 0, exponent + bits_of_count - bits, 2 * exponent + bits_of_count - bits});
  }
}

void ExactSums::reduce(const mpi::Communicator& comm) {
  std::vector<Index> numbers;
  numbers.reserve(2 * parts * sums_.size());
  const Int128 part = Int128{1} << bits_per_part;
  for (const auto& sums : sums_) {
    for (const Int128 sum : {sums.values, sums.squares}) {
      numbers.push_back(static_cast<Index>(sum >> (2 * bits_per_part)));
      numbers.push_back(static_cast<Index>(sum >> bits_per_part & (part - 1)));
      numbers.push_back(static_cast<Index>(sum & (part - 1)));
    }
  }
  mpi::all_reduce(comm, std::span<Index>(numbers), mpi::Reduction::sum);
  const Index* at = numbers.data();
  for (auto& sums : sums_) {
    for (Int128* sum : {&sums.values, &sums.squares}) {
      *sum = (Int128{at[0]} * part + Int128{at[1]}) * part + Int128{at[2]};
      at += parts;
    }
  }
}

double ExactSums::sum(Index column) const {
  const auto& sums = sums_[static_cast<std::size_t>(column)];
  const auto sum = split(sums.values, sums.quantum);
  return sum.high + sum.low;
}

double ExactSums::squared_deviations(Index column, Index count) const {
  const auto& sums = sums_[static_cast<std::size_t>(column)];
  const auto s = split(sums.values, sums.quantum), q = split(sums.squares, sums.quantum_of_squares);
  // q - s^2 / n, with s^2 and the quotient in twice the precision of a double.
  const auto n = static_cast<double>(count);
  const double square = s.high * s.high;
  const double rest_of_square = std::fma(s.high, s.high, -square) + 2 * s.high * s.low;
  const double quotient = square / n;
  const double rest = (std::fma(-quotient, n, square) + rest_of_square) / n;
  const double deviations = (q.high - quotient) + (q.low - rest);
  constexpr double rounding = 1e-28;  // of that precision
  return deviations > rounding * q.high ? deviations : 0.0;
}

}  // namespace replearn
