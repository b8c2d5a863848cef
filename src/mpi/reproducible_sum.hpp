#pragma once
#include <span>
#include <vector>

#include "mpi/communicator.hpp"

namespace replearn::mpi {

/// Sums that come out the same to the bit on any number of ranks.
///
/// Floating-point addition minds the order; integer addition does not. So each block's partial sum (blocks are fixed
/// by the number of rows alone, see RowPartition) is scaled to a 64-bit integer by an exponent that all ranks share,
/// and the integers are added in whatever order MPI likes.
///
///   exponent  e: 2^e > largest |partial| of the element, over all blocks        (one max-reduction of 32-bit numbers)
///   quantum    : 2^(e - 62 + ceil(log2 blocks))                                  so that the sum cannot overflow
///   result     : (sum of integers) * quantum
///
/// The error is at most quantum / 2 a block: with 64 blocks 2^-51 of 2^e in all, with 4,096 blocks 2^-39 of it at the
/// very worst, which is 2^-51 of the sum of 4,096 such partials. Inf or NaN in a partial gives NaN in that element.

/// partials: one row of `width` doubles for each of this rank's blocks, in any order. blocks_in_all: over all ranks.
/// Returns the `width` sums, on every rank. Collective. Sends 2 reductions, of 4 and 8 bytes an element.
std::vector<double> reproducible_sum(const Communicator& comm, std::span<const double> partials, Index width,
                                     Index blocks_in_all);

/// One number a block.
double reproducible_sum(const Communicator& comm, std::span<const double> partials, Index blocks_in_all);

/// The same for arrays too large to keep one for each block (a Gram matrix): partials are added as they come, which
/// needs a bound known beforehand.
class FixedPointSum {
 public:
  /// bound: every partial added anywhere has |value| <= bound, the same number on all ranks. Elements with one bound
  /// share one quantum (at least 2^-1023). blocks_in_all: how many partials all ranks together will add, at most.
  FixedPointSum(double bound, Index width, Index blocks_in_all);
  /// Adds one block's partial, or the piece of it that starts at element `offset`. Local.
  void add(std::span<const double> partial, Index offset = 0);
  /// The integers themselves and what to multiply a number with before rounding it into them, for loops that scatter
  /// term by term. With blocks_in_all = 1 the bound is then that of the sum of |term| of an element, over all ranks.
  std::span<Index> integers() { return sums_; }
  double scale() const { return scale_; }
  /// The sums, on every rank. Collective; once.
  std::vector<double> reduce(const Communicator& comm);

 private:
  double scale_;
  std::vector<Index> sums_;
  bool finite_ = true;
};

}  // namespace replearn::mpi
