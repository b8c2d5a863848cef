#include "methods/map_quality/stress.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "mpi/collectives.hpp"
#include "numerics/rank_correlation.hpp"

namespace replearn::map_quality {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

double sammon_stress(const PairSums& s) {
  return s.reference > 0 ? (s.reference - 2 * s.with_distance + s.relative_squares) / s.reference : undefined;
}
double scaled_sammon_stress(const PairSums& s) {
  if (!(s.reference > 0)) return undefined;
  if (!(s.relative_squares > 0)) return 1;
  return std::max(0.0, 1 - s.with_distance * s.with_distance / (s.reference * s.relative_squares));
}
double kruskal_stress(const PairSums& s) {
  if (!(s.reference_squares > 0)) return undefined;
  return std::sqrt(std::max(0.0, s.reference_squares - 2 * s.products + s.map_squares) / s.reference_squares);
}
double scaled_kruskal_stress(const PairSums& s) {
  if (!(s.reference_squares > 0)) return undefined;
  if (!(s.map_squares > 0)) return 1;
  return std::sqrt(std::max(0.0, 1 - s.products * s.products / (s.reference_squares * s.map_squares)));
}

StressScores scores_of(const PairSums& sums) {
  return {{sammon_stress(sums), 0},
          {scaled_sammon_stress(sums), 0},
          {kruskal_stress(sums), 0},
          {scaled_kruskal_stress(sums), 0},
          {}};
}

PairSums total_of(const std::vector<PairSums>& rows) {
  std::array<double, PairSums::count> total{};
  for (const auto& row : rows) {
    const auto sums = row.all();
    for (std::size_t m = 0; m < total.size(); ++m) total[m] += sums[m];
  }
  return PairSums::of(total.data());
}

/// A function of sums over rows, with its error by leaving out each row.
template <std::size_t width>
double jackknife_error(const std::vector<std::array<double, width>>& rows, Index n,
                       const std::function<double(const std::array<double, width>&)>& value) {
  std::array<double, width> total{};
  for (const auto& row : rows) {
    for (std::size_t m = 0; m < width; ++m) total[m] += row[m];
  }
  std::vector<double> values;
  for (const auto& row : rows) {
    auto others = total;
    for (std::size_t m = 0; m < width; ++m) others[m] -= row[m];
    values.push_back(value(others));
  }
  return standard_error(values, n) * static_cast<double>(rows.size() - 1);
}

double correlation(const std::array<double, 3>& products) {
  const double scale = std::sqrt(products[1] * products[2]);
  return scale > 0 ? products[0] / scale : undefined;
}

/// Sets the entries of a tile without a pair to 0.
void clear_missing(float* tile, Index rows, Index columns, bool diagonal) {
  constexpr Index side = PanelRows::panel;
  for (Index i = 0; i < side; ++i) {
    float* row = tile + i * side;
    if (i >= rows)
      std::fill_n(row, side, 0.0f);
    else if (diagonal)
      std::fill_n(row, i + 1, 0.0f);
    std::fill_n(row + columns, side - columns, 0.0f);
  }
}

/// All pairs of panels, each once and divided evenly: panel p with itself and half of the others, cyclically.
class PanelPairs {
 public:
  static constexpr std::size_t pairs_per_tile = PanelRows::panel * PanelRows::panel;
  struct alignas(64) Tile : std::array<float, pairs_per_tile> {};

  PanelPairs(const Space& reference, const std::vector<const Space*>& maps) : spaces_{&reference} {
    spaces_.insert(spaces_.end(), maps.begin(), maps.end());
    for (const Space* space : spaces_) rows_.push_back(space->panel_rows(0, space->rows()));
    tiles_.resize(spaces_.size());
  }

  Index panels() const { return rows_.front().panels(); }

  /// Calls work(tiles, rows, columns, diagonal) for each tile of panel p, with the distances in the reference and in each
  /// map. Those of pairs that do not exist, or exist twice in a diagonal tile, are 0.
  template <class Work>
  void visit(Index p, const Work& work) {
    const Index all = panels(), half = (all - 1) / 2;
    for (Index apart = 0; apart <= half + (all % 2 == 0 && p < all / 2 ? 1 : 0); ++apart) {
      const Index other = (p + apart) % all;
      const Index rows = rows_.front().rows_in(p), columns = rows_.front().rows_in(other);
      for (std::size_t s = 0; s < spaces_.size(); ++s) {
        spaces_[s]->distances(rows_[s], p, rows_[s], other, tiles_[s].data());
        clear_missing(tiles_[s].data(), rows, columns, apart == 0);
      }
      work(tiles_, rows, columns, apart == 0);
    }
  }

 private:
  std::vector<const Space*> spaces_;
  std::vector<PanelRows> rows_;
  std::vector<Tile> tiles_;
};

void add_tile(const PanelPairs::Tile& reference, const PanelPairs::Tile& map, double* sums) {
  double d_r = 0, d_rr = 0, d_m = 0, d_mm = 0, d_rm = 0, relative = 0, with = 0;
#pragma omp simd reduction(+ : d_r, d_rr, d_m, d_mm, d_rm, relative, with)
  for (std::size_t at = 0; at < reference.size(); ++at) {
    const double big = static_cast<double>(reference[at]), small = static_cast<double>(map[at]);
    const double kept = big > 0 ? small : 0.0, divisor = big > 0 ? big : 1.0;
    d_r += big;
    d_rr += big * big;
    d_m += small;
    d_mm += small * small;
    d_rm += big * small;
    relative += kept * kept / divisor;
    with += kept;
  }
  sums[0] += d_r;
  sums[1] += d_rr;
  sums[2] += d_m;
  sums[3] += d_mm;
  sums[4] += d_rm;
  sums[5] += relative;
  sums[6] += with;
}

/// Classes of distances for ranks.
class DistanceClasses {
 public:
  static constexpr Index count = Index{1} << 17;
  struct Tile : std::array<std::uint32_t, PanelPairs::pairs_per_tile> {};

  explicit DistanceClasses(double root_mean_square)
      : factor_(root_mean_square > 0 ? static_cast<float>(std::min(1 / root_mean_square, 1e37)) : 1.0f),
        pairs_(count, 0),
        here_(count, 0) {}

  /// The class of each pair.
  void classify(const PanelPairs::Tile& distances, Tile& classes) const {
    for (std::size_t at = 0; at < distances.size(); ++at) {
      const float ratio = distances[at] * factor_;
      classes[at] = static_cast<std::uint32_t>(static_cast<std::int32_t>(ratio / (1 + ratio) * (count - 1)));
    }
  }
  /// Counts the existing pairs of a tile.
  void add(const PanelPairs::Tile& distances, Index rows, Index columns, bool diagonal) {
    classify(distances, classes_);
    for (Index i = 0; i < rows; ++i) {
      for (Index j = diagonal ? i + 1 : 0; j < columns; ++j) ++here_[classes_[i * PanelRows::panel + j]];
    }
  }
  /// To be called before 2^32 pairs have been counted since the last call.
  void flush() {
    for (std::size_t c = 0; c < pairs_.size(); ++c) pairs_[c] += here_[c];
    std::fill(here_.begin(), here_.end(), 0);
  }

  /// Mean ranks from the classes of all ranks, centered and divided by the number of pairs.
  void rank(const mpi::Communicator& comm) {
    mpi::all_reduce(comm, std::span<Index>(pairs_), mpi::Reduction::sum);
    double all = 0, before = 0;
    for (const Index pairs : pairs_) all += static_cast<double>(pairs);
    for (const Index pairs : pairs_) {
      const auto here = static_cast<double>(pairs);
      ranks_.push_back(static_cast<float>((before + (here - all) / 2) / all));
      variance_ += here * static_cast<double>(ranks_.back()) * static_cast<double>(ranks_.back());
      before += here;
    }
  }
  /// The ranks of the pairs of a tile.
  void ranks_of(const PanelPairs::Tile& distances, PanelPairs::Tile& ranks) {
    classify(distances, classes_);
    for (std::size_t at = 0; at < ranks.size(); ++at) ranks[at] = ranks_[classes_[at]];
  }
  double variance() const { return variance_; }

 private:
  float factor_;
  std::vector<Index> pairs_;
  std::vector<std::uint32_t> here_;  // since the last flush: half the memory traffic
  std::vector<float> ranks_;
  Tile classes_;
  double variance_ = 0;
};

double product_sum(const PanelPairs::Tile& a, const PanelPairs::Tile& b) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::size_t at = 0; at < a.size(); ++at) sum += static_cast<double>(a[at]) * static_cast<double>(b[at]);
  return sum;
}

/// The sum over panels, in order, of the `width` sums of each.
std::vector<double> sum_of_panels(const mpi::Communicator& comm, const std::vector<double>& mine, std::size_t width) {
  const auto all = mpi::all_gather_v(comm, mine);
  std::vector<double> sums(width, 0.0);
  for (std::size_t at = 0; at < all.size(); ++at) sums[at % width] += all[at];
  return sums;
}

}  // namespace

std::vector<StressScores> stress_of_all_pairs(const mpi::Communicator& comm, const Space& reference,
                                              const std::vector<const Space*>& maps) {
  PanelPairs pairs(reference, maps);
  const Index begin = comm.shares().begin(pairs.panels(), comm.rank());
  const Index end = comm.shares().begin(pairs.panels(), comm.rank() + 1);
  constexpr auto width = static_cast<std::size_t>(PairSums::count);
  std::vector<DistanceClasses> classes{DistanceClasses(reference.root_mean_square_distance())};
  for (const Space* map : maps) classes.emplace_back(map->root_mean_square_distance());

  std::vector<double> sums;
  for (Index p = begin; p < end; ++p) {
    sums.resize(sums.size() + maps.size() * width, 0.0);
    double* mine = sums.data() + sums.size() - maps.size() * width;
    pairs.visit(p, [&](const auto& tiles, Index rows, Index columns, bool diagonal) {
      for (std::size_t m = 0; m < maps.size(); ++m) add_tile(tiles[0], tiles[m + 1], mine + m * width);
      for (std::size_t s = 0; s < tiles.size(); ++s) classes[s].add(tiles[s], rows, columns, diagonal);
    });
    for (auto& each : classes) each.flush();
  }
  sums = sum_of_panels(comm, sums, maps.size() * width);
  for (auto& each : classes) each.rank(comm);

  std::vector<double> products;
  PanelPairs::Tile given, mapped;
  for (Index p = begin; p < end; ++p) {
    products.resize(products.size() + maps.size(), 0.0);
    double* mine = products.data() + products.size() - maps.size();
    pairs.visit(p, [&](const auto& tiles, Index rows, Index columns, bool diagonal) {
      classes[0].ranks_of(tiles[0], given);
      clear_missing(given.data(), rows, columns, diagonal);
      for (std::size_t m = 0; m < maps.size(); ++m) {
        classes[m + 1].ranks_of(tiles[m + 1], mapped);
        mine[m] += product_sum(given, mapped);
      }
    });
  }
  products = sum_of_panels(comm, products, maps.size());

  std::vector<StressScores> results;
  for (std::size_t m = 0; m < maps.size(); ++m) {
    results.push_back(scores_of(PairSums::of(sums.data() + m * width)));
    results.back().shepard.value = correlation({products[m], classes[0].variance(), classes[m + 1].variance()});
  }
  return results;
}

StressScores stress_of_sample(const SampledComparison& sampled, Index n) {
  StressScores scores = scores_of(total_of(sampled.sums));
  std::vector<std::array<double, 7>> rows;
  for (const auto& sums : sampled.sums) rows.push_back(sums.all());
  const auto error_of = [&](double (*value)(const PairSums&)) {
    return jackknife_error<7>(rows, n, [&](const auto& sums) { return value(PairSums::of(sums.data())); });
  };
  scores.sammon.error = error_of(sammon_stress);
  scores.scaled_sammon.error = error_of(scaled_sammon_stress);
  scores.stress_1.error = error_of(kruskal_stress);
  scores.scale_normalized_stress.error = error_of(scaled_kruskal_stress);

  const auto x = mean_ranks(sampled.pair_references), y = mean_ranks(sampled.pair_maps);
  const double middle = (static_cast<double>(x.size()) + 1) / 2;
  std::vector<std::array<double, 3>> products(sampled.sums.size());
  std::array<double, 3> total{};
  const std::size_t per_row = x.size() / products.size();
  for (std::size_t at = 0; at < x.size(); ++at) {
    const double u = (x[at] - middle) / middle, v = (y[at] - middle) / middle;
    auto& row = products[at / per_row];
    row = {row[0] + u * v, row[1] + u * u, row[2] + v * v};
  }
  for (const auto& row : products) total = {total[0] + row[0], total[1] + row[1], total[2] + row[2]};
  scores.shepard = {correlation(total), jackknife_error<3>(products, n, correlation)};
  return scores;
}

}  // namespace replearn::map_quality
