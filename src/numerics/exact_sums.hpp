#pragma once
#include <bit>
#include <cstdint>
#include <vector>

#include "data/row_blocks.hpp"

namespace replearn {

/// 128-bit integers, as GCC and Clang have them.
__extension__ using Int128 = __int128;

/// Sums of float32 values and of their squares, one of each per column, independent of the order of the values: they
/// can be added from blocks of any size on any number of ranks.
///
/// A float32 is an integer of 24 bits times a power of two, its square one of 48 bits. Both are added as 128-bit
/// integers with a quantum of the column chosen so that `count` values up to `bound` cannot overflow. That is exact for all values
/// above 2^-(102 - log2 count) of the bound (squares: 2^-(39 - log2(count) / 2)); of smaller ones, bits below the
/// quantum are cut off. Variances follow from the exact sums without cancellation: 0 for a constant column.
class ExactSums {
 public:
  /// bound > 0: every |value| <= bound. count: maximum number of values per column over all ranks.
  ExactSums(Index columns, double bound, Index count)
      : ExactSums(std::vector<double>(static_cast<std::size_t>(columns), bound), count) {}
  /// The same with a bound for each column.
  ExactSums(const std::vector<double>& bounds, Index count);

  void add(Index column, float value) {
    const Fixed x(value);
    auto& sums = sums_[static_cast<std::size_t>(column)];
    sums.values += shifted(x.mantissa, x.exponent - sums.quantum);
    sums.squares += shifted(std::int64_t{x.mantissa} * x.mantissa, 2 * x.exponent - sums.quantum_of_squares);
  }

  /// Adds up the sums of all ranks, which then hold the totals. Collective; 48 bytes per column in one reduction.
  void reduce(const mpi::Communicator& comm);

  double sum(Index column) const;
  /// Sum of the squared deviations from the mean of `count` values, of which those not added are 0.
  double squared_deviations(Index column, Index count) const;

 private:
  struct Fixed {
    std::int32_t mantissa;
    int exponent;
    explicit Fixed(float value) {
      const auto bits = std::bit_cast<std::uint32_t>(value);
      const auto biased = static_cast<int>(bits >> 23 & 255);
      const auto fraction = static_cast<std::int32_t>(bits & 0x7fffffu);
      mantissa = biased == 0 ? fraction : fraction | 0x800000;
      if ((bits >> 31) != 0) mantissa = -mantissa;
      exponent = (biased == 0 ? 1 : biased) - 150;
    }
  };
  struct Sums {
    Int128 values = 0, squares = 0;
    int quantum = 0, quantum_of_squares = 0;  // exponents of two
  };
  static Int128 shifted(std::int64_t mantissa, int by) {
    if (by >= 0) return Int128{mantissa} << by;
    return by > -63 ? Int128{mantissa >> -by} : Int128{0};
  }

  std::vector<Sums> sums_;
};

}  // namespace replearn
