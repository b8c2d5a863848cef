#include "methods/sammon/stored_distances.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "base/memory.hpp"
#include "methods/sammon/row_totals.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::sammon {
namespace {

std::string rows_text(Index i, Index j) {
  return "rows " + std::to_string(std::min(i, j)) + " and " + std::to_string(std::max(i, j));
}

/// Half of the node's available memory, divided among its ranks; identical on all ranks.
double memory_per_rank(const mpi::Communicator& comm, double wished) {
  if (wished > 0) return wished;
  const double mine = 0.5 * available_memory_bytes() / comm.node().size();
  return mpi::all_reduce(comm, mine, mpi::Reduction::min);
}

/// Throws InputError if a node lacks this number of bytes per rank.
void require_room(const mpi::Communicator& comm, double bytes_of_rank) {
  const double needed = bytes_of_rank * comm.node().size(), available = available_memory_bytes();
  const double lacks = mpi::all_reduce(comm, needed - available, mpi::Reduction::max);
  if (lacks <= 0) return;
  throw InputError(
      "", "--distance-memory",
      "distances would take " + bytes_text(needed) + " per node, " + bytes_text(lacks) + " more than available",
      "use a smaller value, so that they are recomputed each time, more nodes, or --distance-storage uint16");
}

}  // namespace

StoredDistances::StoredDistances(const mpi::Communicator& comm, DistanceSource given, PairWeight weight,
                                 const std::vector<float>& point_weights, const StorageOptions& storage,
                                 ZeroDistance zeros, const Log& log)
    : given_(std::move(given)),
      partition_(given_.points, comm.shares()),
      tiles_(given_.points, comm.shares()),
      rank_(comm.rank()),
      weight_(weight) {
  if (mpi::all_reduce(comm, int{!point_weights.empty()}, mpi::Reduction::max) > 0) {  // some ranks may have no rows
    point_weights_ = mpi::all_gather_v(comm, point_weights);
    point_weights_.resize(tiles_.padded(), 1.0f);
  }
  const double number = storage.precision == Precision::float32 ? 4 : 2;
  const double bytes = number * static_cast<double>(tiles_.max_per_rank() * tiles_.side() * tiles_.side());
  const double memory = memory_per_rank(comm, storage.memory);
  const bool keep = bytes <= memory;
  const double n = static_cast<double>(given_.points);
  log.line(fmt::format("sammon: {} points, {:.3g} pairs; distances ", given_.points, n * (n - 1) / 2) +
           (keep ? "kept in memory" : "recomputed in each pass") +
           (storage.precision == Precision::float32 ? " as float32" : " as 65,535 steps") + ": " + bytes_text(bytes) +
           " per rank " + (keep ? "of " : "would not fit in ") + bytes_text(memory) + "; data " +
           bytes_text(given_.bytes_of_node) + " per node");
  if (keep) require_room(comm, bytes);
  const auto mine = tiles_.end(rank_) - tiles_.first(rank_);
  if (keep && storage.precision == Precision::float32) {
    stored_.resize(mine * tiles_.side() * tiles_.side());
  }
  read_all(comm, keep && storage.precision == Precision::float32);
  if (min_ == 0) replace_zeros(comm, zeros);
  if (storage.precision == Precision::uint16) quantize(comm, log, keep);
  sum_weights(comm);
}

double StoredDistances::length() const {
  return std::sqrt(sum_ / (total_weight_ / 2));
}

/// Computes every distance once, stores them if they fit, and finds the smallest, the smallest positive and the
/// largest.
void StoredDistances::read_all(const mpi::Communicator& comm, bool keep) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  float least = infinity, min_positive = infinity, largest = 0;
  std::vector<float> block(tiles_.side() * tiles_.side()), mirror(block.size());
  mpi::run_collectively(comm, [&] {
    for (Index tile = tiles_.first(rank_); tile < tiles_.end(rank_); ++tile) {
      const auto [row, column] = tiles_.groups(tile);
      const Index side = tiles_.side(), a = tiles_.group_begin(row), b = tiles_.group_begin(column);
      const Index a_count = tiles_.group_size(row), b_count = tiles_.group_size(column);
      float* out = keep ? stored_.data() + (tile - tiles_.first(rank_)) * side * side : block.data();
      measure(tile, out);
      if (!given_.symmetric) given_.measure(b, b_count, a, a_count, mirror.data(), side);
      for (Index i = 0; i < a_count; ++i) {
        for (Index j = row == column ? i + 1 : 0; j < b_count; ++j) {
          const float distance = out[i * side + j];
          if (!(distance >= 0) || !std::isfinite(distance)) {
            throw InputError("", rows_text(a + i, b + j),
                             given_.symmetric ? "have a distance that overflows float32"
                                              : fmt::format("have the distance {:g}", static_cast<double>(distance)),
                             given_.symmetric ? "scale the data" : "use finite, nonnegative distances");
          }
          if (!given_.symmetric) {
            const float back = mirror[j * side + i];
            if (!(std::abs(back - distance) <= 1e-4f * (back + distance))) {
              throw InputError("", rows_text(a + i, b + j),
                               fmt::format("have the distance {:g} one way and {:g} the other",
                                           static_cast<double>(distance), static_cast<double>(back)),
                               "use a symmetric matrix");
            }
          }
          least = std::min(least, distance);
          if (distance > 0) min_positive = std::min(min_positive, distance);
          largest = std::max(largest, distance);
        }
      }
    }
  });
  min_ = mpi::all_reduce(comm, least, mpi::Reduction::min);
  largest_ = mpi::all_reduce(comm, largest, mpi::Reduction::max);
  min_positive_ = mpi::all_reduce(comm, min_positive, mpi::Reduction::min);
  if (!(largest_ > 0)) throw InputError("", "the distances", "are all 0", "use points that differ");
}

/// A distance of 0 means "no pair". If its weight is finite, it is replaced by a tiny number.
void StoredDistances::replace_zeros(const mpi::Communicator& comm, ZeroDistance zeros) {
  const bool infinite = weight_.a > 0 && weight_.b == 0;
  if (infinite && zeros != ZeroDistance::epsilon) refuse_duplicates(comm);
  zero_replacement_ = infinite ? min_positive_ / 2 : std::max(1e-20f * largest_, 1e-37f);
  measured_tile_ = -1;
  const Index area = tiles_.side() * tiles_.side();
  for (Index tile = tiles_.first(rank_); !stored_.empty() && tile < tiles_.end(rank_); ++tile) {
    fill_zeros(tile, stored_.data() + (tile - tiles_.first(rank_)) * area);
  }
}

void StoredDistances::fill_zeros(Index tile, float* block) const {
  const auto [row, column] = tiles_.groups(tile);
  for (Index i = 0; i < tiles_.group_size(row); ++i) {
    float* line = block + i * tiles_.side();
    for (Index j = row == column ? i + 1 : 0; j < tiles_.group_size(column); ++j) {
      if (line[j] == 0) line[j] = zero_replacement_;
    }
  }
}

/// Throws for the first pair at distance 0 in row order, on whichever rank it occurs.
void StoredDistances::refuse_duplicates(const mpi::Communicator& comm) const {
  std::array<Index, 2> first = {std::numeric_limits<Index>::max(), 0};
  for (Index tile = tiles_.first(rank_); tile < tiles_.end(rank_); ++tile) {
    const auto [row, column] = tiles_.groups(tile);
    const float* block = this->tile(tile);
    for (Index i = 0; i < tiles_.group_size(row); ++i) {
      for (Index j = row == column ? i + 1 : 0; j < tiles_.group_size(column); ++j) {
        if (block[i * tiles_.side() + j] != 0) continue;
        first = std::min(first, {tiles_.group_begin(row) + i, tiles_.group_begin(column) + j});
      }
    }
  }
  for (const auto& found : mpi::all_gather(comm, first)) first = std::min(first, found);
  throw InputError("", rows_text(first[0], first[1]), "are at distance 0, where Sammon's stress has no value",
                   "remove one of the two, or choose --zero-distance merge or epsilon");
}

/// Quantizes distances to 65,535 steps of the largest and logs the error.
void StoredDistances::quantize(const mpi::Communicator& comm, const Log& log, bool keep) {
  const Index area = tiles_.side() * tiles_.side();
  std::vector<std::uint16_t> steps;
  if (keep) steps.resize((tiles_.end(rank_) - tiles_.first(rank_)) * area);
  const float step = largest_ / 65535;
  double worst = 0, squares = 0, pairs = 0;
  for (Index tile = tiles_.first(rank_); tile < tiles_.end(rank_); ++tile) {
    const float* block = this->tile(tile);
    for (Index k = 0; k < area; ++k) {
      if (block[k] == 0) continue;
      const float count = std::clamp(std::nearbyint(block[k] / step), 1.0f, 65535.0f);
      if (keep) steps[(tile - tiles_.first(rank_)) * area + k] = static_cast<std::uint16_t>(count);
      const double off = std::abs(static_cast<double>(count * step) / static_cast<double>(block[k]) - 1);
      worst = std::max(worst, off);
      squares += off * off;
      ++pairs;
    }
  }
  quantized_ = std::move(steps);
  quantization_step_ = step;
  measured_tile_ = -1;
  worst = mpi::all_reduce(comm, worst, mpi::Reduction::max);
  squares = mpi::all_reduce(comm, squares, mpi::Reduction::sum);
  pairs = mpi::all_reduce(comm, pairs, mpi::Reduction::sum);
  log.line(fmt::format(
      "sammon: distances in steps of {:.3g} are off by {:.2g} of themselves (root mean square), {:.2g} at worst",
      static_cast<double>(step), std::sqrt(squares / std::max(pairs, 1.0)), worst));
}

/// The normalization of the stress, and the weight of each row.
void StoredDistances::sum_weights(const mpi::Communicator& comm) {
  const double least = static_cast<double>(zero_replacement_ > 0 ? zero_replacement_ : min_);
  const double heaviest =
      point_weights_.empty() ? 1 : static_cast<double>(*std::max_element(point_weights_.begin(), point_weights_.end()));
  largest_weight_ = std::max(weight_(least), weight_(static_cast<double>(largest_))) * heaviest * heaviest;
  RowTotals totals(2 * largest_weight_ * static_cast<double>(given_.points), tiles_, 1);
  std::vector<double> partials;
  std::vector<float> row_weights(tiles_.side()), column_weights(row_weights.size());
  mpi::run_collectively(comm, [&] {
    for (Index tile = tiles_.first(rank_); tile < tiles_.end(rank_); ++tile) {
      const auto [row, column] = tiles_.groups(tile);
      partials.push_back(weigh_tile(weight_, tiles_.side(), this->tile(tile), group_weights(row), group_weights(column),
                                    row_weights.data(), column_weights.data()));
      totals.add(row, row_weights.data());
      totals.add(column, column_weights.data());
    }
  });
  sum_ = mpi::reproducible_sum(comm, partials, tiles_.tiles());
  const RowMatrixD mine = totals.mine(comm, partition_);
  weights_.assign(mine.data(), mine.data() + mine.size());
  const double largest = mine.size() > 0 ? mine.maxCoeff() : 0;
  largest_row_weight_ = mpi::all_reduce(comm, largest, mpi::Reduction::max);
  std::vector<double> of_blocks;
  for (Index b = partition_.first_block(rank_); b < partition_.end_block(rank_); ++b) {
    double partial = 0;
    for (Index i = partition_.block_begin(b); i < partition_.block_end(b); ++i) {
      partial += mine(i - partition_.begin(rank_), 0);
    }
    of_blocks.push_back(partial);
  }
  total_weight_ = mpi::reproducible_sum(comm, of_blocks, partition_.blocks());
  if (!std::isfinite(sum_) || !(sum_ > 0)) {
    throw InputError("", "the distances", "overflow when weighted and summed", "scale the data");
  }
}

void StoredDistances::measure(Index tile, float* out) const {
  const auto [row, column] = tiles_.groups(tile);
  const Index side = tiles_.side(), a_count = tiles_.group_size(row), b_count = tiles_.group_size(column);
  given_.measure(tiles_.group_begin(row), a_count, tiles_.group_begin(column), b_count, out, side);
  for (Index i = 0; i < side; ++i) {
    float* line = out + i * side;
    if (i >= a_count) std::fill(line, line + side, 0.0f);
    std::fill(line + b_count, line + side, 0.0f);
    if (row == column) std::fill(line, line + std::min(i + 1, side), 0.0f);
  }
  if (zero_replacement_ > 0) fill_zeros(tile, out);
}

const float* StoredDistances::tile(Index index) const {
  const Index area = tiles_.side() * tiles_.side(), at = (index - tiles_.first(rank_)) * area;
  if (!stored_.empty()) return stored_.data() + at;
  measured_.resize(area);
  float* out = measured_.data();
  if (!quantized_.empty()) {
    const std::uint16_t* steps = quantized_.data() + at;
    for (Index k = 0; k < area; ++k) out[k] = quantization_step_ * static_cast<float>(steps[k]);
    return out;
  }
  if (measured_tile_ == index) return out;
  measure(index, out);
  for (Index k = 0; quantization_step_ > 0 && k < area; ++k) {
    if (out[k] > 0)
      out[k] = quantization_step_ * std::clamp(std::nearbyint(out[k] / quantization_step_), 1.0f, 65535.0f);
  }
  measured_tile_ = index;
  return out;
}

}  // namespace replearn::sammon
