#include "data/row_partition.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace replearn {

RowPartition::RowPartition(Index rows, Shares shares) : rows_(rows), shares_(std::move(shares)) {
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
  std::vector<Index> all(ranks());
  for (int r = 0; r < ranks(); ++r) all[r] = count(r) * width;
  return all;
}

int RowPartition::owner(Index row) const {
  return shares_.owner(blocks_, row / block_size_);
}

}  // namespace replearn
