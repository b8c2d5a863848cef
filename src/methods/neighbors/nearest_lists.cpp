#include "methods/neighbors/nearest_lists.hpp"

#include <algorithm>
#include <limits>

namespace replearn::neighbors {
namespace {

/// Whether one of `count` bounds does not exceed the limit. NaN counts as not exceeding.
bool any_within(const float* bounds, Index count, float limit) {
  int any = 0;
#pragma omp simd reduction(| : any)
  for (Index j = 0; j < count; ++j) any |= bounds[j] > limit ? 0 : 1;
  return any != 0;
}

}  // namespace

RowBlock row_block(const RowPartition& partition, Index block, int owner, const float* values, Index columns,
                   const std::vector<float>& norms) {
  const Index begin = partition.block_begin(block), rows = partition.block_end(block) - begin;
  const Index local = begin - partition.begin(owner);
  return {begin, local, rows, values + local * columns, norms.data() + local};
}

NearestLists::NearestLists(Metric metric, Index k, Index rows, Index columns)
    : metric_(metric),
      k_(static_cast<std::size_t>(k)),
      columns_(columns),
      heaps_(static_cast<std::size_t>(rows)),
      limits_(static_cast<std::size_t>(rows), std::numeric_limits<float>::infinity()) {
  for (auto& heap : heaps_) heap.reserve(k_);
}

void NearestLists::visit(const RowBlock& a, const RowBlock& b) {
  bounds_.resize(static_cast<std::size_t>(a.rows * b.rows));
  product_lower_bounds(a.values, a.norms, a.rows, b.values, b.norms, b.rows, columns_, bounds_.data());
  constexpr Index stretch = 64;  // bounds looked at together: most stretches hold no candidate
  for (Index i = 0; i < a.rows; ++i) {
    const float* bounds = bounds_.data() + i * b.rows;
    const float* x = a.values + i * columns_;
    const float& limit = limits_[static_cast<std::size_t>(a.local_begin + i)];
    for (Index start = 0; start < b.rows; start += stretch) {
      const Index stop = std::min(b.rows, start + stretch);
      if (!any_within(bounds + start, stop - start, limit)) continue;
      for (Index j = start; j < stop; ++j) {
        if (bounds[j] > limit || a.begin + i == b.begin + j) continue;
        offer(a.local_begin + i, {prepared_distance(metric_, x, b.values + j * columns_, columns_), b.begin + j});
      }
    }
  }
}

void NearestLists::offer(Index i, Neighbor neighbor) {
  auto& heap = heaps_[static_cast<std::size_t>(i)];
  if (heap.size() == k_) {
    if (neighbor > heap.front()) return;
    std::pop_heap(heap.begin(), heap.end());
    heap.pop_back();
  }
  heap.push_back(neighbor);
  std::push_heap(heap.begin(), heap.end());
  if (heap.size() == k_) {
    limits_[static_cast<std::size_t>(i)] = squared_distance_within(metric_, heap.front().distance);
  }
}

std::span<const Neighbor> NearestLists::sorted(Index i) {
  auto& heap = heaps_[static_cast<std::size_t>(i)];
  std::sort_heap(heap.begin(), heap.end());
  return heap;
}

}  // namespace replearn::neighbors
