#include "methods/map_quality/ranks.hpp"

#include <algorithm>
#include <cmath>

namespace replearn::map_quality {
namespace {

constexpr Index panel = Panels::panel, tile_rows = 20 * panel;

/// One space with the queried distances as scores.
class Counter {
 public:
  Counter(RankQueries& queries, Index first_row, Index local_rows)
      : queries_(queries),
        space_(*queries.space),
        first_row_(first_row),
        mine_(space_.panels(first_row, local_rows)),
        share_(error_share(space_.columns())),
        above_(queries.asked.all.size(), 0),
        above_on_(queries.asked.all.size(), 0) {
    const double scale = std::ldexp(1.0, 2 * space_.frame().exponent);
    for (const auto& neighbor : queries.asked.all) levels_.push_back(static_cast<float>(-neighbor.square * scale / 2));
    // Offsets of the padding of the last panel: no queries.
    offsets_ = queries.asked.offsets;
    offsets_.resize(mine_.panels() * panel + 1, offsets_.back());
  }

  void load(Index begin, Index count) {
    begin_ = begin;
    others_ = space_.panels(begin, count);
  }

  /// Pairs of local panel p with the loaded rows.
  void visit(Index p) {
    if (offsets_[p * panel] == offsets_[(p + 1) * panel]) return;
    const LevelCounts counts{offsets_.data() + p * panel, levels_.data(), above_.data(), above_on_.data()};
    for (Index other = 0; other < others_.panels(); ++other) {
      pair_scores(mine_, p, others_, other, scores_);
      close_.clear();
      count_above(scores_, mine_.half_norms(p), others_.max_half_norm(other), share_, counts, close_);
      for (const auto& call : close_) measure(p * panel + call.row, begin_ + other * panel + call.column, call.level);
    }
  }

  void finish() {
    queries_.ranks.resize(queries_.asked.all.size());
    for (Index i = 0; i < queries_.asked.rows(); ++i) {
      std::uint32_t on = 0;
      for (Index q = queries_.asked.offsets[i]; q < queries_.asked.offsets[i + 1]; ++q) {
        on += above_on_[q];
        // The row itself has been counted as well, unless it is farther: a duplicate with a smaller index.
        const bool self = Neighbor{0, first_row_ + i} < queries_.asked.all[q];
        queries_.ranks[q] = static_cast<Index>(above_[q]) + static_cast<Index>(on) - (self ? 1 : 0) + 1;
      }
    }
  }

 private:
  void measure(Index i, Index j, Index level) {
    if (Neighbor{space_.square(first_row_ + i, j), j} < queries_.asked.all[level]) ++above_[level];
  }

  RankQueries& queries_;
  const Space& space_;
  Index first_row_;
  Panels mine_, others_;
  float share_;
  std::vector<float> levels_;
  std::vector<Index> offsets_;
  std::vector<std::uint32_t> above_, above_on_;
  std::vector<CloseCall> close_;
  ScoreTile scores_;
  Index begin_ = 0;
};

}  // namespace

void find_ranks(Index first_row, Index local_rows, std::vector<RankQueries>& queries,
                const std::function<void(double)>& progress) {
  if (local_rows == 0 || queries.empty()) return;
  std::vector<Counter> counters;
  counters.reserve(queries.size());
  for (auto& each : queries) counters.emplace_back(each, first_row, local_rows);
  const Index n = queries.front().space->rows(), tiles = ceil_div(n, tile_rows);
  for (Index tile = 0; tile < tiles; ++tile) {
    const Index begin = tile * tile_rows, count = std::min(tile_rows, n - begin);
    for (auto& counter : counters) {
      counter.load(begin, count);
      for (Index p = 0; p < ceil_div(local_rows, panel); ++p) counter.visit(p);
    }
    if (progress) progress(static_cast<double>(tile + 1) / static_cast<double>(tiles));
  }
  for (auto& counter : counters) counter.finish();
}

}  // namespace replearn::map_quality
