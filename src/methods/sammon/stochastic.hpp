#pragma once
#include <cstdint>
#include <vector>

#include "methods/sammon/distance_source.hpp"
#include "methods/sammon/objective.hpp"
#include "methods/sammon/optimizer.hpp"
#include "methods/sammon/pair_tiles.hpp"

namespace replearn::sammon {

/// Step sizes: points move by a fraction of the way to the minimum of the iteration's pairs, decreasing geometrically
/// from `first` to `last`, as in SGD^2 (Zheng, Pawar and Goodman 2019, "Graph drawing by stochastic gradient descent").
struct StochasticSchedule {
  Index iterations = 600;
  double first = 1.5, last = 0.1;
};

/// Stochastic gradient descent on the stress, for data too large to visit all pairs. Points are in groups of 48 to 240
/// (PairTiles). In each iteration every group is paired with one other, so that a point sees as many pairs as a group
/// has points; after as many iterations as there are groups all groups have been paired, in an order drawn anew each
/// time. Groups are random if the caller provides the points in random order. A point moves by
///
///     rate * e1_i / W_i,     e1_i = sum_j w (d* - d) / d (y_i - y_j) over the iteration's pairs,
///
/// where W_i is the larger of the sum of weights in this iteration and the mean of that sum over the iterations so far,
/// so that the limit is not biased. A pair at distance 0 is omitted where its weight is infinite.
///
/// Pairs depend on (seed, iteration, n) alone, each is processed by one rank, and all ranks hold all points: equal to
/// the bit on any number of ranks. Cost: README.md, "Cost".
class Stochastic final : public Optimizer {
 public:
  struct Points {
    DistanceSource distances;
    PairWeight weight;
    std::vector<float> weights;       ///< of all points; empty: all 1
    std::vector<std::uint8_t> fixed;  ///< for all points, 1 if it does not move; empty: all move
  };
  /// q: dimensions of the map; objective: gives the value before the first iteration; nullptr: that is NaN.
  /// comm and objective must outlive it.
  Stochastic(const mpi::Communicator& comm, Points points, Index q, std::uint64_t seed, StochasticSchedule schedule,
             const Objective* objective);

  const char* name() const override { return "stochastic"; }
  void start(RowMatrixD y) override;
  bool step() override;
  const RowMatrixD& points() const override { return y_; }
  /// E over the pairs of the last iteration, before they moved.
  double value() const override { return value_; }
  NamedArrays arrays() override;
  void resume() override;

 private:
  struct GroupPair {
    Index a, b;
    bool is_diagonal() const { return a == b; }
  };
  std::vector<GroupPair> draw_group_pairs() const;
  double rate() const;
  void update_pair(GroupPair pair, double rate, std::vector<float>& moved, std::vector<double>& partials);
  void measure(GroupPair pair);
  /// Appends the group's block of state_, moved by its sums over `partners` pairs per point.
  void move_group(Index group, Index partners, double rate, const std::vector<float>& pair_weights,
                  const std::vector<float>& e1, std::vector<float>& moved) const;
  const float* group_weights(Index group) const;
  float* block(Index group) { return state_.data() + group * block_size(); }
  const float* block(Index group) const { return state_.data() + group * block_size(); }
  Index block_size() const { return (q_ + 2) * tiles_.side(); }

  const mpi::Communicator& comm_;
  Points data_;
  Index q_;
  std::uint64_t seed_;
  StochasticSchedule schedule_;
  const Objective* objective_;
  RowPartition partition_;
  PairTiles tiles_;
  /// For each group: q arrays of coordinates, then for each point the sum of its pair weights and the number of its
  /// pairs so far. The same on all ranks.
  std::vector<float> state_;
  std::vector<float> distances_;  // of the pair of groups being processed
  RowMatrixD y_;                  // local rows
  Index steps_ = 0;
  double value_ = 0;
};

}  // namespace replearn::sammon
