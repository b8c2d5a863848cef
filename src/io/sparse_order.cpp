#include "io/sparse_order.hpp"

#include <algorithm>
#include <utility>

namespace replearn::io {

std::optional<DuplicateEntry> sort_columns(SparseRows& sparse) {
  std::vector<std::pair<std::int32_t, float>> row;
  for (std::size_t i = 0; i + 1 < sparse.offsets.size(); ++i) {
    const auto begin = sparse.indices.begin() + sparse.offsets[i], end = sparse.indices.begin() + sparse.offsets[i + 1];
    // Strictly ascending, or there is something to do.
    if (std::adjacent_find(begin, end, std::greater_equal<>()) == end) continue;
    const auto values = sparse.values.begin() + sparse.offsets[i];
    row.clear();
    for (auto at = begin; at != end; ++at) row.emplace_back(*at, values[at - begin]);
    std::sort(row.begin(), row.end());
    for (std::size_t k = 0; k < row.size(); ++k) {
      if (k > 0 && row[k].first == row[k - 1].first) {
        return DuplicateEntry{sparse.first_row() + static_cast<Index>(i), row[k].first};
      }
      begin[static_cast<std::ptrdiff_t>(k)] = row[k].first;
      values[static_cast<std::ptrdiff_t>(k)] = row[k].second;
    }
  }
  return std::nullopt;
}

}  // namespace replearn::io
