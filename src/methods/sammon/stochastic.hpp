#pragma once
#include <cstdint>
#include <vector>

#include "methods/sammon/arrays.hpp"
#include "methods/sammon/given_distances.hpp"
#include "methods/sammon/pair_tiles.hpp"

namespace replearn::sammon {

/// How far points go in each round: from `first` of the way to where the round's pairs would have them, down to `last`,
/// falling by the same factor from round to round, as in SGD^2 (Zheng, Pawar and Goodman 2019, "Graph drawing by
/// stochastic gradient descent").
struct StochasticSchedule {
  Index rounds = 600;
  double first = 1.5, last = 0.1;
};

/// Stochastic descent on the stress for points so many that all pairs are too many. Points are in groups of 48 to 240
/// (PairTiles). In a round each group meets one other, so that a point sees as many pairs as a group has points; after
/// as many rounds as there are groups all groups have met, in an order drawn anew each time. Groups are random if the
/// points come in random order, which is the caller's affair. A point moves by
///
///     rate * e1_i / W_i,     e1_i = sum_j w (d* - d) / d (y_i - y_j) over the round's pairs,
///
/// W_i the sum of their weights: at least this round's, and at least the mean of the rounds so far, so that where it
/// comes to rest is not biased.
///
/// Pairs are a function of (seed, round, n) alone, each is worked on by one rank, and all ranks hold all points: equal
/// to the bit on any number of ranks. A round costs n g / 2 p pairs (g points a group), each measured (3 d flops) and
/// pushed (some 30), and an all-gather of 4 n (q + 2) bytes. Memory: 8 n (q + 2) bytes a rank and the data, 4 n d a
/// node. For n = 10^6, d = 50, 600 rounds of 240 on 64 ranks: 7e10 pairs, about 2 s of work a rank, and 600 all-gathers
/// of 16 MB. A pair at distance 0 is left out where its weight is infinite.
class Stochastic {
 public:
  /// y: all n x q; point_weights: of all points, empty: all 1; held: of all points, 1 where it stays; empty: none.
  /// All ranks; comm must outlive it.
  Stochastic(const mpi::Communicator& comm, GivenDistances given, PairWeight weight, std::vector<float> point_weights,
             std::vector<std::uint8_t> held, const RowMatrix& y, std::uint64_t seed, StochasticSchedule schedule);

  /// One round. All ranks.
  void step();
  Index steps() const { return steps_; }
  bool over() const { return steps_ >= schedule_.rounds; }
  /// E over the pairs of the last round, before they moved; NaN at first.
  double stress() const { return stress_; }
  /// My rows, n x q. Local.
  RowMatrixD points() const;
  void put_into(Arrays& arrays) const;
  /// Goes on where another stood. All ranks.
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
  /// Of each group: q arrays of coordinates, the weights met, how many points met.
  std::vector<float> state_;
  std::vector<float> distances_;
  std::vector<double> partials_;
  Index steps_ = 0;
  double stress_;
};

}  // namespace replearn::sammon
