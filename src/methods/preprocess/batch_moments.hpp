#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "methods/preprocess/batches.hpp"
#include "numerics/exact_sums.hpp"
#include "numerics/matrix_values.hpp"

/// Sums over the cells of each batch, in passes over blocks of rows: every class has a function that adds a block and
/// one that combines the ranks. A block is a matrix with some consecutive rows of this rank, together with their
/// batches. One entry per batch and gene; arrays are batch-major.
namespace replearn::preprocess {

/// Number and range of the nonzero values, from a first pass. They bound the sums of later passes. 16 bytes per batch
/// and gene.
class ValueRanges {
 public:
  ValueRanges(Index batches, Index genes);
  /// Local.
  void add(const Matrix& block, std::span<const std::int32_t> batch_of_row);
  /// Collective; 16 bytes per batch and gene in three reductions.
  void reduce(const mpi::Communicator& comm);

  Index batches() const { return batches_; }
  Index genes() const { return genes_; }
  Index nonzeros(Index entry) const { return entries_[static_cast<std::size_t>(entry)].nonzeros; }
  /// The largest absolute value; 0 if all are 0.
  double bound(Index entry) const;
  /// Whether all values of a gene in a batch of so many cells are equal.
  bool is_constant(Index entry, Index cells) const;

 private:
  struct Entry {
    Index nonzeros = 0;
    float low = std::numeric_limits<float>::infinity(), high = -std::numeric_limits<float>::infinity();
  };
  Index batches_, genes_;
  std::vector<Entry> entries_;
};

/// Sums of a function of the values and of a second one, usually its square, as 64-bit integers with a quantum per
/// batch and gene, so that results do not depend on the order of the values and thereby on blocks and ranks. If every
/// |term| is at most b and there are k of them, the quantum is the power of two below k b / 2^60: sums of whole numbers
/// (counts and their squares) are exact as long as k b < 2^60. 32 bytes per batch and gene.
class BatchSums {
 public:
  /// bounds(entry, first, second): the bounds of the terms of one batch and gene, of which at most
  /// ranges.nonzeros(entry) are added; 0: none is added.
  template <class Bounds>
  BatchSums(const ValueRanges& ranges, const Bounds& bounds) : genes_(ranges.genes()) {
    entries_.resize(static_cast<std::size_t>(ranges.batches() * genes_));
    for (std::size_t e = 0; e < entries_.size(); ++e) {
      double first = 0, second = 0;
      bounds(static_cast<Index>(e), first, second);
      const auto terms = static_cast<double>(ranges.nonzeros(static_cast<Index>(e)));
      entries_[e].scales[0] = scale_for(first * terms);
      entries_[e].scales[1] = scale_for(second * terms);
    }
  }

  /// Adds terms(value, row of the block, entry), an array of two doubles, for every nonzero value. Local.
  template <class Terms>
  void add(const Matrix& block, std::span<const std::int32_t> batch_of_row, const Terms& terms) {
    for_each_value(block, [&](Index i, Index j, float value) {
      if (value == 0) return;
      const Index e = batch_of_row[static_cast<std::size_t>(i)] * genes_ + j;
      auto& entry = entries_[static_cast<std::size_t>(e)];
      const auto each = terms(value, i, e);
      entry.sums[0] += static_cast<Index>(std::llrint(each[0] * entry.scales[0]));
      entry.sums[1] += static_cast<Index>(std::llrint(each[1] * entry.scales[1]));
    });
  }
  /// Collective; 16 bytes per batch and gene in one reduction.
  void reduce(const mpi::Communicator& comm);

  double first(Index entry) const { return sum(entry, 0); }
  double second(Index entry) const { return sum(entry, 1); }

 private:
  struct Entry {
    double scales[2] = {0, 0};
    Index sums[2] = {0, 0};
  };
  static double scale_for(double bound);
  double sum(Index entry, int which) const {
    const auto& of = entries_[static_cast<std::size_t>(entry)];
    return of.scales[which] == 0 ? 0.0 : static_cast<double>(of.sums[which]) / of.scales[which];
  }

  Index genes_;
  std::vector<Entry> entries_;
};

/// Mean and variance (n - 1; exactly 0 for a constant gene and for a batch of one cell). One entry per batch and gene.
struct Moments {
  std::vector<double> mean, variance;
};

/// Moments of each batch, from sums of the values and of their squares. The transform is monotone and keeps 0, as for
/// ValueRanges of the values before it. Local.
Moments moments_by_batch(const ValueRanges& ranges, const BatchSums& sums, const Batches& batches);
/// The same from exact sums with a column per batch and gene.
Moments moments_by_batch(const ValueRanges& ranges, const ExactSums& sums, const Batches& batches);
/// Moments of all cells: one entry per gene. Local.
Moments moments_overall(const ValueRanges& ranges, const BatchSums& sums, const Batches& batches);

}  // namespace replearn::preprocess
