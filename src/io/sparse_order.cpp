#include "io/sparse_order.hpp"

#include <algorithm>
#include <utility>

namespace replearn::io {

std::optional<DuplicateEntry> sort_columns(SparseRows& sparse) {
  std::vector<std::pair<std::int32_t, float>> row;
  for (std::size_t i = 0; i + 1 < sparse.offsets.size(); ++i) {
    const auto begin = sparse.indices.begin() + sparse.offsets[i], end = sparse.indices.begin() + sparse.offsets[i + 1];
    // Nothing to do if strictly ascending.
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

SummedEntries sort_and_sum_columns(SparseRows& sparse) {
  SummedEntries summed;
  std::vector<std::pair<std::int32_t, float>> row;
  std::size_t to = 0;
  for (std::size_t i = 0; i + 1 < sparse.offsets.size(); ++i) {
    const auto begin = static_cast<std::size_t>(sparse.offsets[i]),
               end = static_cast<std::size_t>(sparse.offsets[i + 1]);
    row.clear();
    for (auto at = begin; at < end; ++at) row.emplace_back(sparse.indices[at], sparse.values[at]);
    if (!std::is_sorted(row.begin(), row.end())) std::sort(row.begin(), row.end());
    sparse.offsets[i] = static_cast<Index>(to);
    for (std::size_t k = 0; k < row.size();) {
      const auto column = row[k].first;
      double sum = row[k++].second;
      for (; k < row.size() && row[k].first == column; ++k) {
        sum += row[k].second;
        if (summed.count++ == 0) summed.first = {sparse.first_row() + static_cast<Index>(i), column};
      }
      sparse.indices[to] = column;
      sparse.values[to++] = static_cast<float>(sum);
    }
  }
  sparse.offsets.back() = static_cast<Index>(to);
  sparse.indices.resize(to);
  sparse.values.resize(to);
  return summed;
}

}  // namespace replearn::io
