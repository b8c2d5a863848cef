#include "data/row_partition.hpp"

#include <algorithm>
#include <bit>

namespace replearn {

RowPartition::RowPartition(Index rows, int ranks) : rows_(rows), ranks_(ranks) {
  const auto sixty_fourth = static_cast<std::uint64_t>(std::max<Index>(1, ceil_div(rows, 64)));
  block_size_ = std::clamp<Index>(static_cast<Index>(std::bit_ceil(sixty_fourth)), 16, 512);
  blocks_ = ceil_div(rows, block_size_);
}

Index RowPartition::begin(int rank) const {
  return std::min(rows_, block_begin(first_block(rank)));
}
Index RowPartition::end(int rank) const {
  return std::min(rows_, block_begin(end_block(rank)));
}

std::vector<Index> RowPartition::counts() const {
  return counts(1);
}

std::vector<Index> RowPartition::counts(Index width) const {
  std::vector<Index> all(static_cast<std::size_t>(ranks_));
  for (int r = 0; r < ranks_; ++r) all[static_cast<std::size_t>(r)] = count(r) * width;
  return all;
}

int RowPartition::owner(Index row) const {
  // The inverse of first_block(r) = floor(blocks * r / ranks).
  const Index block = row / block_size_;
  return static_cast<int>(((block + 1) * ranks_ - 1) / blocks_);
}

}  // namespace replearn
