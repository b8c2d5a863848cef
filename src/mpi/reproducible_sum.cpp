#include "mpi/reproducible_sum.hpp"

#include <algorithm>
#include <bit>
#include <climits>
#include <cmath>
#include <limits>

#include "mpi/collectives.hpp"

namespace replearn::mpi {
namespace {

constexpr int not_finite = INT_MAX;

/// Headroom in bits so that the sum of `blocks` numbers below 2^(62 - headroom) does not overflow 63 bits.
int headroom(Index blocks) {
  return std::bit_width(static_cast<std::uint64_t>(std::max<Index>(blocks, 1) - 1));
}

/// The smallest e with |value| < 2^e; INT_MIN for zero.
int exponent_of(double value) {
  if (!std::isfinite(value)) return not_finite;
  if (value == 0) return INT_MIN;
  int exponent = 0;
  std::frexp(value, &exponent);
  return exponent;
}

}  // namespace

std::vector<double> reproducible_sum(const Communicator& comm, std::span<const double> partials, Index width,
                                     Index blocks_in_all) {
  const auto w = static_cast<std::size_t>(width);
  std::vector<int> exponents(w, INT_MIN);
  for (std::size_t i = 0; i < partials.size(); ++i) {
    exponents[i % w] = std::max(exponents[i % w], exponent_of(partials[i]));
  }
  all_reduce(comm, std::span<int>(exponents), Reduction::max);

  const int bits = 62 - headroom(blocks_in_all);
  std::vector<Index> sums(w, 0);
  for (std::size_t i = 0; i < partials.size(); ++i) {
    const int e = exponents[i % w];
    if (e != not_finite && e != INT_MIN) sums[i % w] += std::llrint(std::ldexp(partials[i], bits - e));
  }
  all_reduce(comm, std::span<Index>(sums), Reduction::sum);

  std::vector<double> result(w, 0.0);
  for (std::size_t j = 0; j < w; ++j) {
    if (exponents[j] == not_finite) {
      result[j] = std::numeric_limits<double>::quiet_NaN();
    } else if (exponents[j] != INT_MIN) {
      result[j] = std::ldexp(static_cast<double>(sums[j]), exponents[j] - bits);
    }
  }
  return result;
}

double reproducible_sum(const Communicator& comm, std::span<const double> partials, Index blocks_in_all) {
  return reproducible_sum(comm, partials, 1, blocks_in_all)[0];
}

FixedPointSum::FixedPointSum(double bound, Index width, Index blocks_in_all)
    : scale_(1), sums_(static_cast<std::size_t>(width), 0) {
  if (!std::isfinite(bound)) {
    finite_ = false;
  } else if (bound > 0) {
    scale_ = std::ldexp(1.0, std::min(1023, 62 - headroom(blocks_in_all) - exponent_of(bound)));
  }
}

void FixedPointSum::add(std::span<const double> partial, Index offset) {
  if (!finite_) return;
  Index* sums = sums_.data() + offset;
  // |value| * scale < 2^62: the conversion below is exact in range, so a plain loop that the compiler vectorizes.
  for (std::size_t j = 0; j < partial.size(); ++j) {
    sums[j] += static_cast<Index>(std::nearbyint(partial[j] * scale_));
  }
}

std::vector<double> FixedPointSum::reduce(const Communicator& comm) {
  const bool finite = agree(comm, finite_);
  all_reduce(comm, std::span<Index>(sums_), Reduction::sum);
  std::vector<double> result(sums_.size());
  for (std::size_t j = 0; j < result.size(); ++j) {
    result[j] = finite ? static_cast<double>(sums_[j]) / scale_ : std::numeric_limits<double>::quiet_NaN();
  }
  return result;
}

}  // namespace replearn::mpi
