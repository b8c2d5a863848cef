#pragma once
#include <vector>

#include "base/index.hpp"
#include "base/shares.hpp"

namespace replearn {

/// Contiguous distribution of rows over the ranks, aligned to blocks whose size depends only on the number of rows. A
/// value type, identical on every rank. 150 rows on 4 ranks:
///
///     block size 16 -> 10 blocks: 0..15 16..31 ... 128..143 144..149
///     rank 0: blocks 0 1      rows   0.. 31
///     rank 1: blocks 2 3 4    rows  32.. 79
///     rank 2: blocks 5 6      rows  80..111
///     rank 3: blocks 7 8 9    rows 112..149
///
/// Work and sums are divided by blocks, never by ranks, so every number is computed from the same operands in the same
/// order on any number of ranks, however unequal their shares. With more ranks than blocks, some have no rows.
class RowPartition {
 public:
  RowPartition() = default;
  /// rows >= 0. shares: distribution of the blocks, a number of ranks or mpi::Communicator::shares().
  RowPartition(Index rows, Shares shares);

  Index rows() const { return rows_; }
  int ranks() const { return shares_.ranks(); }
  const Shares& shares() const { return shares_; }

  /// Rows per block, except the last: the smallest power of two that is at least rows / 64, clamped to [16, 512].
  Index block_size() const { return block_size_; }
  Index blocks() const { return blocks_; }
  Index block_begin(Index block) const { return block * block_size_; }
  Index block_end(Index block) const { return block + 1 >= blocks_ ? rows_ : (block + 1) * block_size_; }

  Index first_block(int rank) const { return shares_.begin(blocks_, rank); }
  Index end_block(int rank) const { return shares_.begin(blocks_, rank + 1); }
  Index begin(int rank) const;
  Index end(int rank) const;
  Index count(int rank) const { return end(rank) - begin(rank); }
  /// Rows of every rank, in rank order.
  std::vector<Index> counts() const;
  /// counts() times `width`: elements of every rank in a rows x width array.
  std::vector<Index> counts(Index width) const;
  /// The rank that owns a row. 0 <= row < rows().
  int owner(Index row) const;

  bool operator==(const RowPartition&) const = default;

 private:
  Index rows_ = 0;
  Shares shares_;
  Index block_size_ = 16;
  Index blocks_ = 0;
};

}  // namespace replearn
