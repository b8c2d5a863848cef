#include "methods/tsne/symmetrize.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/error.hpp"
#include "base/log.hpp"
#include "mpi/collectives.hpp"

namespace replearn::tsne {
namespace {

/// a_ij, sent to the rank of row j.
struct Entry {
  std::int32_t row, column;  // in the transposed matrix: j, i
  float value;
};

/// Values from other ranks, by rank and therefore by column within a row.
struct Arrived {
  std::vector<Entry> entries;
  std::size_t from_below = 0;  // from lower ranks
};

Arrived exchange(const mpi::Communicator& comm, const SparseRows& matrix) {
  const auto ranks = static_cast<std::size_t>(comm.size()), me = static_cast<std::size_t>(comm.rank());
  std::vector<Index> counts(ranks), arriving(ranks), ones(ranks, 1);
  if (ranks == 1) return {};
  const auto owner = [&](std::int32_t column) { return static_cast<std::size_t>(matrix.partition.owner(column)); };
  for (const std::int32_t column : matrix.indices) ++counts[owner(column)];
  counts[me] = 0;
  mpi::all_to_all_into(comm, std::span<const Index>(counts), ones, std::span<Index>(arriving), ones, comm.size());

  std::vector<std::size_t> to(ranks);
  std::size_t leaving = 0, coming = 0;
  Arrived arrived;
  for (std::size_t r = 0; r < ranks; ++r) {
    to[r] = leaving;
    leaving += static_cast<std::size_t>(counts[r]);
    if (r == me) arrived.from_below = coming;
    coming += static_cast<std::size_t>(arriving[r]);
  }
  std::vector<Entry> out(leaving);
  for (Index i = 0; i < matrix.local_rows(); ++i) {
    const auto row = static_cast<std::int32_t>(matrix.first_row() + i);
    for (auto at = static_cast<std::size_t>(matrix.offsets[i]);
         at < static_cast<std::size_t>(matrix.offsets[static_cast<std::size_t>(i) + 1]); ++at) {
      const std::int32_t column = matrix.indices[at];
      if (const auto r = owner(column); r != me) out[to[r]++] = {column, row, matrix.values[at]};
    }
  }
  arrived.entries.resize(coming);
  const Index largest = mpi::all_reduce(comm, static_cast<Index>(std::max(leaving, coming)), mpi::Reduction::max);
  mpi::all_to_all_into(comm, std::span<const Entry>(out), counts, std::span<Entry>(arrived.entries), arriving, largest);
  return arrived;
}

/// Each local row followed by the values of its column: the row's own values, then those of the column, both by index.
class Doubled {
 public:
  Doubled(SparseRows matrix, const Arrived& arrived) : matrix_(std::move(matrix)) {
    const auto rows = static_cast<std::size_t>(matrix_.local_rows());
    const Index first = matrix_.first_row(), end = first + matrix_.local_rows();
    std::vector<Index> counts(rows, 0);
    for (const std::int32_t column : matrix_.indices) {
      if (column >= first && column < end) ++counts[column - first];
    }
    for (const Entry& entry : arrived.entries) ++counts[entry.row - first];
    begins_.assign(rows + 1, 0);
    for (std::size_t i = 0; i < rows; ++i) {
      begins_[i + 1] = begins_[i] + matrix_.offsets[i + 1] - matrix_.offsets[i] + counts[i];
    }
    spread();
    fill(arrived);
  }

  /// Calls pair(row, column, there, back) by row and column, and keeps what it returns.
  template <class Pair>
  SparseRows joined(Pair pair) {
    std::vector<std::int32_t> columns;
    std::vector<float> values;
    Index to = 0;
    for (std::size_t i = 0; i + 1 < begins_.size(); ++i) {
      columns.clear();
      values.clear();
      const Index row = matrix_.first_row() + static_cast<Index>(i);
      Index own = begins_[i], other = middles_[i];
      while (own < middles_[i] || other < begins_[i + 1]) {
        const std::int32_t own_column = own < middles_[i] ? column(own) : last;
        const std::int32_t other_column = other < begins_[i + 1] ? column(other) : last;
        const std::int32_t least = std::min(own_column, other_column);
        const float there = own_column == least ? value(own++) : 0.0f;
        const float back = other_column == least ? value(other++) : 0.0f;
        columns.push_back(least);
        values.push_back(pair(row, least, there, back));
      }
      std::copy(columns.begin(), columns.end(), matrix_.indices.begin() + to);
      std::copy(values.begin(), values.end(), matrix_.values.begin() + to);
      matrix_.offsets[i] = to;
      to += static_cast<Index>(columns.size());
    }
    matrix_.offsets.back() = to;
    matrix_.indices.resize(to);
    matrix_.values.resize(to);
    return std::move(matrix_);
  }

 private:
  static constexpr std::int32_t last = std::numeric_limits<std::int32_t>::max();
  std::int32_t& column(Index at) { return matrix_.indices[at]; }
  float& value(Index at) { return matrix_.values[at]; }

  /// Moves rows apart, last first, to make room after each.
  void spread() {
    const auto room = static_cast<std::size_t>(begins_.back());
    matrix_.indices.reserve(room);  // exact, whereas resize would double
    matrix_.indices.resize(room);
    matrix_.values.reserve(room);
    matrix_.values.resize(room);
    middles_.resize(begins_.size() - 1);
    for (std::size_t i = middles_.size(); i-- > 0;) {
      const Index from = matrix_.offsets[i], count = matrix_.offsets[i + 1] - from;
      middles_[i] = begins_[i] + count;
      std::move_backward(matrix_.indices.begin() + from, matrix_.indices.begin() + from + count,
                         matrix_.indices.begin() + middles_[i]);
      std::move_backward(matrix_.values.begin() + from, matrix_.values.begin() + from + count,
                         matrix_.values.begin() + middles_[i]);
    }
  }

  void fill(const Arrived& arrived) {
    std::vector<Index> next = middles_;
    const Index first = matrix_.first_row();
    const auto put = [&](std::size_t row, std::int32_t at_column, float a) {
      column(next[row]) = at_column;
      value(next[row]++) = a;
    };
    const auto put_arrived = [&](std::size_t begin, std::size_t end) {
      for (std::size_t at = begin; at < end; ++at) {
        const Entry& entry = arrived.entries[at];
        put(static_cast<std::size_t>(entry.row - first), entry.column, entry.value);
      }
    };
    put_arrived(0, arrived.from_below);
    for (std::size_t i = 0; i < middles_.size(); ++i) {
      for (Index at = begins_[i]; at < middles_[i]; ++at) {
        const Index row = column(at) - first;
        if (row < 0 || row >= static_cast<Index>(middles_.size())) continue;
        put(static_cast<std::size_t>(row), static_cast<std::int32_t>(first + static_cast<Index>(i)), value(at));
      }
    }
    put_arrived(arrived.from_below, arrived.entries.size());
  }

  SparseRows matrix_;
  std::vector<Index> begins_, middles_;  // per row: start of its own values, start of those of its column
};

void require_equal(const std::string& place, Index row, Index column, float there, float back) {
  if (std::abs(there - back) <= 1e-4f * std::max(there, back)) return;
  throw InputError("", place + ", row " + std::to_string(row),
                   fmt::format("is not symmetric: column {} holds {:g}, but row {} holds {:g} in column {}", column,
                               static_cast<double>(there), column, static_cast<double>(back), row),
                   "store (A + A^T) / 2 instead");
}

}  // namespace

SparseRows symmetrized(const mpi::Communicator& comm, SparseRows matrix, Pairing pairing, double total,
                       const std::string& place) {
  auto arrived = exchange(comm, matrix);
  Doubled doubled(std::move(matrix), arrived);
  arrived = {};
  if (pairing == Pairing::either) {
    auto result = doubled.joined([](Index, std::int32_t, float, float) { return 1.0f; });
    const Index stored = mpi::all_reduce(comm, result.local_nonzeros(), mpi::Reduction::sum);
    std::fill(result.values.begin(), result.values.end(), static_cast<float>(1 / static_cast<double>(stored)));
    return result;
  }
  const double share = 1 / (2 * total);
  const auto mean = [&](float there, float back) {
    return static_cast<float>((static_cast<double>(there) + static_cast<double>(back)) * share);
  };
  return mpi::run_collectively(comm, [&] {
    return doubled.joined([&](Index row, std::int32_t column, float there, float back) {
      if (pairing == Pairing::equal) require_equal(place, row, column, there, back);
      return mean(there, back);
    });
  });
}

}  // namespace replearn::tsne
