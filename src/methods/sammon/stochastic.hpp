#pragma once
#include <cstdint>
#include <vector>

#include "methods/sammon/arrays.hpp"
#include "methods/sammon/given_distances.hpp"
#include "methods/sammon/pair_tiles.hpp"

namespace replearn::sammon {

/// Step sizes of the rounds: points move by a fraction of the way to the minimum of the round's pairs, decreasing
/// geometrically from `first` to `last`, as in SGD^2 (Zheng, Pawar and Goodman 2019, "Graph drawing by stochastic
/// gradient descent").
struct StochasticSchedule {
  Index rounds = 600;
  double first = 1.5, last = 0.1;
};

/// Stochastic gradient descent on the stress, for data too large to visit all pairs. Points are in groups of 48 to 240
/// (PairTiles). In each round every group is paired with one other, so that a point sees as many pairs as a group has
/// points; after as many rounds as there are groups all groups have been paired, in an order drawn anew each time.
/// Groups are random if the caller provides the points in random order. A point moves by
///
///     rate * e1_i / W_i,     e1_i = sum_j w (d* - d) / d (y_i - y_j) over the round's pairs,
///
/// where W_i is the larger of the sum of weights in this round and the mean of that sum over the rounds so far, so that
/// the limit is not biased. A pair at distance 0 is omitted where its weight is infinite.
///
/// Pairs depend on (seed, round, n) alone, each is processed by one rank, and all ranks hold all points: equal to the
/// bit on any number of ranks. Cost: README.md, "Cost".
class Stochastic {
 public:
  /// y: all n x q; point_weights: for all points, empty: all 1; held: for all points, 1 if fixed; empty: none is fixed.
  /// All ranks; comm must outlive it.
  Stochastic(const mpi::Communicator& comm, GivenDistances given, PairWeight weight, std::vector<float> point_weights,
             std::vector<std::uint8_t> held, const RowMatrix& y, std::uint64_t seed, StochasticSchedule schedule);

  /// One round. All ranks.
  void step();
  Index steps() const { return steps_; }
  bool over() const { return steps_ >= schedule_.rounds; }
  /// E over the pairs of the last round, before they moved; initially NaN.
  double stress() const { return stress_; }
  /// Local rows, n x q. Local.
  RowMatrixD points() const;
  void put_into(Arrays& arrays) const;
  /// Restores the state saved by put_into(). All ranks.
  void take_from(const Arrays& arrays);

 private:
  struct GroupPair {
    Index a, b;
  };
  std::vector<GroupPair> group_pairs() const;
  void update_pair(GroupPair pair, double rate, std::vector<float>& moved);
  float* block(Index group) { return state_.data() + group * block_size(); }
  Index block_size() const { return (q_ + 2) * tiles_.side(); }

  const mpi::Communicator& comm_;
  GivenDistances given_;
  PairWeight weight_;
  std::vector<float> point_weights_;
  std::vector<std::uint8_t> held_;
  std::uint64_t seed_;
  StochasticSchedule schedule_;
  Index q_;
  RowPartition partition_;
  PairTiles tiles_;
  /// For each group: q arrays of coordinates, the weights seen so far, the number of points seen.
  std::vector<float> state_;
  std::vector<float> distances_;
  std::vector<double> partials_;
  Index steps_ = 0;
  double stress_;
};

}  // namespace replearn::sammon
