#pragma once
#include <span>
#include <vector>

#include "mpi/communicator.hpp"

namespace replearn::mpi {

/// Bitwise reproducible sums on any number of ranks.
///
/// Floating-point addition depends on the order; integer addition does not. Each block's partial sum (blocks depend
/// only on the number of rows, see RowPartition) is scaled to a 64-bit integer with an exponent common to all ranks,
/// and the integers are added in any order.
///
///   exponent  e: 2^e > largest |partial| of the element, over all blocks        (one max-reduction of 32-bit numbers)
///   quantum    : 2^(e - 62 + ceil(log2 blocks))                                  so that the sum cannot overflow
///   result     : (sum of integers) * quantum
///
/// The error is at most quantum / 2 per block: in total 2^-51 of 2^e with 64 blocks, at worst 2^-39 of 2^e with 4,096
/// blocks, which is 2^-51 of the sum of 4,096 such partials. Inf or NaN in a partial gives NaN in that element.

/// partials: one row of `width` doubles for each of this rank's blocks, in any order. blocks_in_all: over all ranks.
/// Returns the `width` sums on every rank. Collective. Two reductions, of 4 and 8 bytes per element.
std::vector<double> reproducible_sum(const Communicator& comm, std::span<const double> partials, Index width,
                                     Index blocks_in_all);

/// One number per block.
double reproducible_sum(const Communicator& comm, std::span<const double> partials, Index blocks_in_all);

/// For arrays too large to store one per block (a Gram matrix): partials are added one at a time, which requires a
/// known bound.
class FixedPointSum {
 public:
  /// bound: every partial added anywhere has |value| <= bound, the same number on all ranks. Elements with one bound
  /// share one quantum (at least 2^-1023). blocks_in_all: maximum number of partials added by all ranks together.
  FixedPointSum(double bound, Index width, Index blocks_in_all);
  /// Adds the partial of one block, or a piece of it starting at element `offset`. Local.
  void add(std::span<const double> partial, Index offset = 0);
  /// The integers and the factor applied before rounding, for loops that scatter individual terms. With blocks_in_all =
  /// 1 the bound then applies to the sum of |term| per element over all ranks.
  std::span<Index> integers() { return sums_; }
  double scale() const { return scale_; }
  /// The sums, on every rank. Collective; may be called once.
  std::vector<double> reduce(const Communicator& comm);

 private:
  double scale_;
  std::vector<Index> sums_;
  bool finite_ = true;
};

}  // namespace replearn::mpi
