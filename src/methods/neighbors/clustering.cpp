#include "methods/neighbors/clustering.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "base/random.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"
#include "numerics/blocked_distances.hpp"

namespace replearn::neighbors {
namespace {

constexpr Index sample_per_cluster = 32;
constexpr int iterations = 6;
constexpr Index tile_rows = 64;  // divides every block size >= 64; smaller blocks form one tile
constexpr float max_score = std::numeric_limits<float>::max();

/// Scores |center|^2 - 2 row.center rank centers by their distance from a row. Tiles are aligned to the blocks of the
/// partition, so that products are bitwise identical on any number of ranks.
class Scores {
 public:
  explicit Scores(const RowMatrix& centers)
      : centers_(centers), norms_(squared_norms(centers.data(), centers.rows(), centers.cols())) {}

  /// Calls visit(i, scores of row i) for `count` consecutive rows of one block.
  template <class Visit>
  void of_rows(const float* rows, Index count, Visit visit) {
    const Index clusters = centers_.rows(), columns = centers_.cols();
    for (Index begin = 0; begin < count; begin += tile_rows) {
      const Index tile = std::min(tile_rows, count - begin);
      scores_.resize(tile * clusters);
      for (Index i = 0; i < tile; ++i) std::copy(norms_.begin(), norms_.end(), scores_.begin() + i * clusters);
      subtract_twice_products(rows + begin * columns, tile, centers_.data(), clusters, columns, scores_.data());
      for (Index i = 0; i < tile; ++i) visit(begin + i, std::span<const float>(&scores_[i * clusters], clusters));
    }
  }

 private:
  const RowMatrix& centers_;
  std::vector<float> norms_, scores_;
};

/// Index of the first smallest score. Overflowed scores (NaN) count as far.
std::int32_t index_of_minimum(std::span<const float> scores) {
  float least = max_score;
#pragma omp simd reduction(min : least)
  for (std::size_t c = 0; c < scores.size(); ++c) least = scores[c] < least ? scores[c] : least;
  const auto found = std::find(scores.begin(), scores.end(), least);
  return found == scores.end() ? 0 : static_cast<std::int32_t>(found - scores.begin());
}

/// The `count` smallest scores with their indices, ascending; fewer if scores overflowed.
void smallest_scores(std::span<const float> scores, std::size_t count,
                     std::vector<std::pair<float, std::int32_t>>& best) {
  constexpr std::size_t stretch = 64;  // scores checked together: most groups contain none
  float limit = max_score;
  best.clear();
  const auto cut = [&] {
    std::nth_element(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(count - 1), best.end());
    best.resize(count);
    limit = best.back().first;
  };
  for (std::size_t begin = 0; begin < scores.size(); begin += stretch) {
    const std::size_t end = std::min(scores.size(), begin + stretch);
    int any = 0;
#pragma omp simd reduction(| : any)
    for (std::size_t c = begin; c < end; ++c) any |= scores[c] <= limit ? 1 : 0;
    if (!any) continue;
    for (std::size_t c = begin; c < end; ++c) {
      if (!(scores[c] <= limit)) continue;
      best.emplace_back(scores[c], static_cast<std::int32_t>(c));
      if (best.size() == 2 * count + 16) cut();
    }
  }
  if (best.size() > count) cut();
  std::sort(best.begin(), best.end());
}

/// The sampled local rows, and their number per local block.
struct Sample {
  RowMatrix rows;
  std::vector<Index> local;  ///< local row indices
  std::vector<Index> of_block;
};

Sample sample_of(const DistributedMatrix& x, const std::vector<std::uint8_t>& sampled) {
  Sample sample;
  for (Index block = x.partition.first_block(x.rank); block < x.partition.end_block(x.rank); ++block) {
    const auto before = sample.local.size();
    for (Index row = x.partition.block_begin(block); row < x.partition.block_end(block); ++row) {
      if (sampled[row - x.first_row()]) sample.local.push_back(row - x.first_row());
    }
    sample.of_block.push_back(static_cast<Index>(sample.local.size() - before));
  }
  sample.rows.resize(static_cast<Index>(sample.local.size()), x.columns());
  for (Index i = 0; i < sample.rows.rows(); ++i) sample.rows.row(i) = x.local.row(sample.local[i]);
  return sample;
}

/// Calls visit(i, scores) for each sampled local row.
template <class Visit>
void score_sample(const Sample& sample, Scores& scores, Visit visit) {
  Index begin = 0;
  for (const Index count : sample.of_block) {
    scores.of_rows(sample.rows.data() + begin * sample.rows.cols(), count,
                   [&](Index i, std::span<const float> of_row) { visit(begin + i, of_row); });
    begin += count;
  }
}

/// Initial centers: `clusters` random rows of the sample (those with the smallest random numbers); fewer if the sample
/// is smaller.
RowMatrix first_centers(const mpi::Communicator& comm, const DistributedMatrix& x, const Sample& sample, Index clusters,
                        std::uint64_t seed) {
  std::vector<double> mine;
  for (const Index local : sample.local) {
    RandomStream random(seed, Purpose::neighbor_clusters, static_cast<std::uint64_t>(x.first_row() + local));
    random.uniform();  // used to decide whether the row is in the sample
    mine.push_back(random.uniform());
  }
  auto all = mpi::all_gather_v(comm, mine);
  const auto count = std::min(static_cast<std::size_t>(clusters), all.size());
  if (count == 0) return RowMatrix(0, x.columns());
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count - 1), all.end());
  std::vector<float> chosen;
  for (std::size_t i = 0; i < mine.size(); ++i) {
    if (mine[i] > all[count - 1]) continue;
    const float* row = sample.rows.data() + static_cast<Index>(i) * x.columns();
    chosen.insert(chosen.end(), row, row + x.columns());
  }
  const auto centers = mpi::all_gather_v(comm, chosen);
  return Eigen::Map<const RowMatrix>(centers.data(), static_cast<Index>(centers.size()) / x.columns(), x.columns());
}

/// One Lloyd iteration: each center becomes the mean of the sampled rows nearest to it; centers without rows are
/// unchanged.
void move_to_means(const mpi::Communicator& comm, const Sample& sample, double bound, Index sampled,
                   RowMatrix& centers) {
  const Index clusters = centers.rows(), columns = centers.cols();
  mpi::FixedPointSum sums(bound, clusters * columns, sampled);
  std::vector<Index> counts(clusters, 0);
  std::vector<double> row(columns);
  Scores scores(centers);
  score_sample(sample, scores, [&](Index i, std::span<const float> of_row) {
    const auto c = index_of_minimum(of_row);
    ++counts[c];
    std::copy_n(sample.rows.data() + i * columns, columns, row.begin());
    sums.add(row, c * columns);
  });
  const auto totals = sums.reduce(comm);
  mpi::all_reduce(comm, std::span<Index>(counts), mpi::Reduction::sum);
  for (Index c = 0; c < clusters; ++c) {
    if (counts[c] == 0) continue;
    for (Index k = 0; k < columns; ++k) {
      centers(c, k) = static_cast<float>(totals[c * columns + k] / static_cast<double>(counts[c]));
    }
  }
}

/// Spatial order of the nonempty clusters: recursive bisection along the column with the largest spread, into halves
/// with about equal numbers of rows.
std::vector<std::int32_t> spatial_order(const RowMatrix& centers, const std::vector<Index>& sizes) {
  std::vector<std::int32_t> order;
  for (Index c = 0; c < centers.rows(); ++c) {
    if (sizes[c] > 0) order.push_back(static_cast<std::int32_t>(c));
  }
  std::vector<std::span<std::int32_t>> parts = {order};
  while (!parts.empty()) {
    const auto part = parts.back();
    parts.pop_back();
    if (part.size() < 2) continue;
    double widest = -1;
    Index column = 0;
    for (Index k = 0; k < centers.cols(); ++k) {
      double sum = 0, squares = 0;
      for (const auto c : part) {
        const double value = static_cast<double>(centers(c, k));
        sum += value;
        squares += value * value;
      }
      const double spread = squares - sum * sum / static_cast<double>(part.size());
      if (spread > widest) {
        widest = spread;
        column = k;
      }
    }
    std::sort(part.begin(), part.end(), [&](std::int32_t a, std::int32_t b) {
      return std::pair(centers(a, column), a) < std::pair(centers(b, column), b);
    });
    Index total = 0, below = 0;
    for (const auto c : part) total += sizes[c];
    std::size_t middle = 1;
    for (below = sizes[part[0]]; middle + 1 < part.size() && 2 * below < total; ++middle) {
      below += sizes[part[middle]];
    }
    parts.push_back(part.first(middle));
    parts.push_back(part.subspan(middle));
  }
  return order;
}

/// Votes of the rows of one cluster for another.
struct Votes {
  std::int32_t a, b;  // a < b
  Index count;
};

/// Sorts the votes and merges equal pairs.
void merge_votes(std::vector<Votes>& votes) {
  std::sort(votes.begin(), votes.end(),
            [](const Votes& x, const Votes& y) { return std::pair(x.a, x.b) < std::pair(y.a, y.b); });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < votes.size(); ++i) {
    if (kept > 0 && votes[kept - 1].a == votes[i].a && votes[kept - 1].b == votes[i].b) {
      votes[kept - 1].count += votes[i].count;
    } else {
      votes[kept++] = votes[i];
    }
  }
  votes.resize(kept);
}

/// Each sampled row votes for its nearest clusters that together contain `rows_in_reach` rows, with weights decreasing
/// as one over the number of rows nearer than the cluster, like the density of true neighbors.
std::vector<Votes> count_votes(const mpi::Communicator& comm, const DistributedMatrix& x, const Clustering& clustering,
                               const Sample& sample, double rows_in_reach) {
  const double average = static_cast<double>(x.rows()) / static_cast<double>(clustering.clusters());
  const auto most =
      static_cast<std::size_t>(std::min(static_cast<double>(clustering.clusters()), 2 * rows_in_reach / average + 8));
  Scores scores(clustering.centers);
  std::vector<std::pair<float, std::int32_t>> nearest;
  std::vector<Votes> votes;
  score_sample(sample, scores, [&](Index i, std::span<const float> of_row) {
    const auto own = clustering.cluster[sample.local[i]];
    smallest_scores(of_row, most, nearest);
    Index sum = 0;
    for (const auto& [score, c] : nearest) {
      if (static_cast<double>(sum) >= rows_in_reach) break;
      sum += clustering.sizes[c];
      if (c != own) votes.push_back({std::min(c, own), std::max(c, own), 1 + 1024 * clustering.sizes[c] / sum});
    }
    if (votes.size() > (std::size_t{1} << 24)) merge_votes(votes);
  });
  merge_votes(votes);
  votes = mpi::all_gather_v(comm, votes);
  merge_votes(votes);
  return votes;
}

/// Collects pairs of clusters and tracks their coverage and number of candidates.
class PairSelection {
 public:
  PairSelection(const std::vector<Index>& sizes, const std::vector<ClusterPair>& known_pairs) : sizes_(sizes) {
    for (const auto& pair : known_pairs) {
      if (pair.first == pair.second) {
        ++covered_;
      } else {
        ++known_[pair];
      }
    }
    known_count_ = static_cast<Index>(known_pairs.size());
    for (const Index size : sizes) {
      rows_ += size;
      candidates_.push_back(size - 1);
      pairs_of_rows_ += static_cast<double>(size) * static_cast<double>(size - 1);
    }
  }
  bool covers(double share) const { return static_cast<double>(covered_) >= share * static_cast<double>(known_count_); }
  Index candidates(std::int32_t cluster) const { return candidates_[cluster]; }
  void add(ClusterPair pair) {
    if (!selected_.insert(pair).second) return;
    found_.pairs.push_back(pair);
    candidates_[pair.first] += sizes_[pair.second];
    candidates_[pair.second] += sizes_[pair.first];
    pairs_of_rows_ += 2 * static_cast<double>(sizes_[pair.first]) * static_cast<double>(sizes_[pair.second]);
    if (const auto entry = known_.find(pair); entry != known_.end()) covered_ += entry->second;
  }
  ClusterPairs result() {
    found_.candidates = pairs_of_rows_ / static_cast<double>(rows_);
    found_.coverage = known_count_ > 0 ? static_cast<double>(covered_) / static_cast<double>(known_count_) : 1;
    return std::move(found_);
  }

 private:
  const std::vector<Index>& sizes_;
  std::map<ClusterPair, Index> known_;
  std::set<ClusterPair> selected_;
  ClusterPairs found_;
  std::vector<Index> candidates_;
  Index covered_ = 0, known_count_ = 0, rows_ = 0;
  double pairs_of_rows_ = 0;
};

/// Pairs clusters that have too few candidates with their nearest clusters, regardless of distance.
void pad_isolated_clusters(const Clustering& clustering, Index needed, PairSelection& selection) {
  const Index columns = clustering.centers.cols();
  const float* centers = clustering.centers.data();
  for (std::int32_t c = 0; c < clustering.clusters(); ++c) {
    if (selection.candidates(c) >= needed) continue;
    std::vector<std::pair<float, std::int32_t>> others;
    for (std::int32_t o = 0; o < clustering.clusters(); ++o) {
      if (o == c) continue;
      others.emplace_back(prepared_distance(Metric::sqeuclidean, centers + c * columns, centers + o * columns, columns),
                          o);
    }
    std::sort(others.begin(), others.end());
    for (const auto& [distance, o] : others) {
      if (selection.candidates(c) >= needed) break;
      selection.add({std::min(c, o), std::max(c, o)});
    }
  }
}

}  // namespace

Clustering cluster_rows(const mpi::Communicator& comm, const DistributedMatrix& x, Index clusters, std::uint64_t seed) {
  Clustering found;
  const double share = static_cast<double>(sample_per_cluster * clusters) / static_cast<double>(x.rows());
  for (Index i = 0; i < x.local_rows(); ++i) {
    RandomStream random(seed, Purpose::neighbor_clusters, static_cast<std::uint64_t>(x.first_row() + i));
    found.sampled.push_back(random.uniform() < share ? 1 : 0);
  }

  // k-means on a random sample of the rows.
  const Sample sample = sample_of(x, found.sampled);
  const Index sampled = mpi::all_reduce(comm, sample.rows.rows(), mpi::Reduction::sum);
  RowMatrix centers = first_centers(comm, x, sample, clusters, seed);
  if (centers.rows() == 0) centers = RowMatrix::Zero(1, x.columns());  // few rows, none of which was sampled
  const float largest = sample.rows.size() > 0 ? sample.rows.cwiseAbs().maxCoeff() : 0.0f;
  const auto bound = static_cast<double>(mpi::all_reduce(comm, largest, mpi::Reduction::max));
  for (int iteration = 0; iteration < iterations && sampled > 0; ++iteration) {
    move_to_means(comm, sample, bound, sampled, centers);
  }

  // Assigns every row to its nearest center.
  std::vector<Index> sizes(centers.rows(), 0);
  Scores scores(centers);
  for (Index block = x.partition.first_block(x.rank); block < x.partition.end_block(x.rank); ++block) {
    const Index begin = x.partition.block_begin(block), end = x.partition.block_end(block);
    scores.of_rows(x.local.data() + (begin - x.first_row()) * x.columns(), end - begin,
                   [&](Index, std::span<const float> of_row) {
                     found.cluster.push_back(index_of_minimum(of_row));
                     ++sizes[found.cluster.back()];
                   });
  }
  mpi::all_reduce(comm, std::span<Index>(sizes), mpi::Reduction::sum);

  // Renumbers the nonempty clusters in spatial order.
  const auto order = spatial_order(centers, sizes);
  std::vector<std::int32_t> place(centers.rows(), 0);
  found.centers.resize(static_cast<Index>(order.size()), x.columns());
  for (std::size_t c = 0; c < order.size(); ++c) {
    place[order[c]] = static_cast<std::int32_t>(c);
    found.centers.row(static_cast<Index>(c)) = centers.row(order[c]);
    found.sizes.push_back(sizes[order[c]]);
  }
  for (auto& c : found.cluster) c = place[c];
  return found;
}

ClusterPairs select_cluster_pairs(const mpi::Communicator& comm, const DistributedMatrix& x,
                                  const Clustering& clustering, const std::vector<ClusterPair>& known_pairs,
                                  double share, Index needed) {
  const auto& sizes = clustering.sizes;
  const Sample sample = sample_of(x, clustering.sampled);
  const auto n = static_cast<double>(x.rows());
  PairSelection selection(sizes, known_pairs);
  // The required search radius is not known in advance: if the votes do not reach the coverage, they are repeated with
  // more rows.
  for (double rows_in_reach = 4000; !selection.covers(share); rows_in_reach *= 4) {
    auto votes = count_votes(comm, x, clustering, sample, std::min(rows_in_reach, n));
    const auto gain = [&](const Votes& vote) {
      return static_cast<double>(vote.count) /
             (static_cast<double>(sizes[vote.a]) * static_cast<double>(sizes[vote.b]));
    };

    // Pairs with the most votes per pair of rows first, until the coverage is reached.
    std::sort(votes.begin(), votes.end(), [&](const Votes& v, const Votes& w) {
      return std::tuple(-gain(v), v.a, v.b) < std::tuple(-gain(w), w.a, w.b);
    });
    for (const auto& vote : votes) {
      if (selection.covers(share)) break;
      selection.add({vote.a, vote.b});
    }
    if (rows_in_reach >= n) break;
  }
  pad_isolated_clusters(clustering, needed, selection);
  return selection.result();
}

}  // namespace replearn::neighbors
