#include "methods/sammon/stochastic.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/random.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::sammon {

Stochastic::Stochastic(const mpi::Communicator& comm, GivenDistances given, PairWeight weight,
                       std::vector<float> point_weights, std::vector<std::uint8_t> held, const RowMatrix& y,
                       std::uint64_t seed, StochasticSchedule schedule)
    : comm_(comm),
      given_(std::move(given)),
      weight_(weight),
      point_weights_(std::move(point_weights)),
      held_(std::move(held)),
      seed_(seed),
      schedule_(schedule),
      q_(y.cols()),
      partition_(given_.points, comm.shares()),
      tiles_(given_.points, comm.shares()),
      state_(static_cast<std::size_t>(tiles_.across() * block_size()), 0.0f),
      distances_(static_cast<std::size_t>(tiles_.side() * tiles_.side())),
      stress_(std::numeric_limits<double>::quiet_NaN()) {
  const Index side = tiles_.side();
  if (!point_weights_.empty()) point_weights_.resize(static_cast<std::size_t>(tiles_.padded()), 1.0f);
  if (!held_.empty()) held_.resize(static_cast<std::size_t>(tiles_.padded()), 0);
  for (Index i = 0; i < y.rows(); ++i) {
    for (Index p = 0; p < q_; ++p) block(i / side)[p * side + i % side] = y(i, p);
  }
}

std::vector<Stochastic::GroupPair> Stochastic::group_pairs() const {
  // Groups a and b are paired in round a + b modulo the number of groups.
  const Index groups = tiles_.across(), epoch = steps_ / groups;
  std::vector<Index> numbers(static_cast<std::size_t>(groups));
  std::iota(numbers.begin(), numbers.end(), Index{0});
  RandomStream draw(seed_, Purpose::sammon_rounds, static_cast<std::uint64_t>(epoch));
  for (std::size_t left = numbers.size(); left > 1; --left) {
    std::swap(numbers[left - 1], numbers[draw.below(static_cast<std::uint32_t>(left))]);
  }
  const Index number = numbers[static_cast<std::size_t>(steps_ % groups)];
  std::vector<GroupPair> pairs;
  for (Index a = 0; a < groups; ++a) {
    const Index b = (number - a + groups) % groups;
    if (a <= b) pairs.push_back({a, b});
  }
  return pairs;
}

void Stochastic::update_pair(GroupPair pair, double rate, std::vector<float>& moved) {
  const Index side = tiles_.side(), a_count = tiles_.group_size(pair.a), b_count = tiles_.group_size(pair.b);
  const bool own = pair.a == pair.b;
  std::fill(distances_.begin(), distances_.end(), 0.0f);
  given_.measure(tiles_.group_begin(pair.a), a_count, tiles_.group_begin(pair.b), b_count, distances_.data(), side);
  const bool infinite_at_zero = weight_.a > 0 && weight_.b == 0;
  for (Index i = 0; i < a_count; ++i) {
    float* row = distances_.data() + i * side;
    for (Index j = 0; j < b_count && !infinite_at_zero; ++j) row[j] = std::max(row[j], 1e-30f);
    if (own) std::fill(row, row + i + 1, 0.0f);
  }
  const auto weights_of = [&](Index group) {
    return point_weights_.empty() ? nullptr : point_weights_.data() + group * side;
  };
  std::vector<float> on_a(static_cast<std::size_t>(side)), on_b(on_a.size());
  TileSums sums(side, q_);
  const double squares =
      weigh_tile(weight_, side, distances_.data(), weights_of(pair.a), weights_of(pair.b), on_a.data(), on_b.data());
  stress_tile(weight_, side, q_, distances_.data(), {block(pair.a), weights_of(pair.a)},
              {block(pair.b), weights_of(pair.b)}, Detail::gradient, sums);
  partials_.push_back(sums.stress);
  partials_.push_back(squares);
  if (own) {  // both halves belong to the same points
    for (std::size_t k = 0; k < on_a.size(); ++k) on_a[k] += on_b[k];
    for (std::size_t k = 0; k < sums.first_a.size(); ++k) sums.first_a[k] += sums.first_b[k];
  }
  const auto move = [&](Index group, Index count, Index met, const std::vector<float>& weights,
                        const std::vector<float>& first) {
    std::vector<float> its(block(group), block(group) + block_size());
    float *weight = its.data() + q_ * side, *points = weight + side;
    for (Index i = 0; i < count; ++i) {
      const float now = weights[static_cast<std::size_t>(i)];
      weight[i] += now;
      points[i] += static_cast<float>(met);
      if (!held_.empty() && held_[static_cast<std::size_t>(group * side + i)]) continue;
      const float usual = weight[i] / points[i] * static_cast<float>(met), divisor = std::max(now, usual);
      if (!(divisor > 0)) continue;
      const float share = static_cast<float>(rate) / divisor;
      for (Index p = 0; p < q_; ++p)
        its[static_cast<std::size_t>(p * side + i)] += share * first[static_cast<std::size_t>(p * side + i)];
    }
    moved.insert(moved.end(), its.begin(), its.end());
  };
  move(pair.a, a_count, own ? a_count - 1 : b_count, on_a, sums.first_a);
  if (!own) move(pair.b, b_count, a_count, on_b, sums.first_b);
}

void Stochastic::step() {
  const auto pairs = group_pairs();
  const auto count = static_cast<Index>(pairs.size());
  const auto begin_of = [&](int rank) { return comm_.shares().begin(count, rank); };
  const double rounds = static_cast<double>(std::max<Index>(schedule_.rounds - 1, 1));
  const double rate =
      schedule_.first * std::pow(schedule_.last / schedule_.first, static_cast<double>(steps_) / rounds);
  std::vector<float> moved;
  partials_.clear();
  mpi::run_collectively(comm_, [&] {
    for (Index k = begin_of(comm_.rank()); k < begin_of(comm_.rank() + 1); ++k) {
      update_pair(pairs[static_cast<std::size_t>(k)], rate, moved);
    }
  });
  const auto sums = mpi::reproducible_sum(comm_, partials_, 2, count);
  stress_ = sums[0] / sums[1];
  const auto all = mpi::all_gather_v(comm_, moved);
  const float* from = all.data();
  const auto take = [&](Index group) {
    std::copy_n(from, block_size(), block(group));
    from += block_size();
  };
  for (const auto& pair : pairs) {
    take(pair.a);
    if (pair.a != pair.b) take(pair.b);
  }
  ++steps_;
}

RowMatrixD Stochastic::points() const {
  const Index side = tiles_.side(), first = partition_.begin(comm_.rank());
  RowMatrixD y(partition_.count(comm_.rank()), q_);
  for (Index i = 0; i < y.rows(); ++i) {
    const float* group = state_.data() + (first + i) / side * block_size();
    for (Index p = 0; p < q_; ++p) y(i, p) = static_cast<double>(group[p * side + (first + i) % side]);
  }
  return y;
}

void Stochastic::put_into(Arrays& arrays) const {
  const Index side = tiles_.side(), first = partition_.begin(comm_.rank());
  RowMatrixD all(partition_.count(comm_.rank()), q_ + 2);
  for (Index i = 0; i < all.rows(); ++i) {
    const float* group = state_.data() + (first + i) / side * block_size();
    for (Index p = 0; p < q_ + 2; ++p) all(i, p) = static_cast<double>(group[p * side + (first + i) % side]);
  }
  arrays.rows["stochastic/state"] = all;
  arrays.shared["stochastic"] = {static_cast<double>(steps_), stress_};
}

void Stochastic::take_from(const Arrays& arrays) {
  DistributedMatrix mine(partition_, comm_.rank(), q_ + 2);
  mine.local = arrays.rows.at("stochastic/state").cast<float>();
  const RowMatrix all = all_gather_rows(comm_, mine);
  const Index side = tiles_.side();
  for (Index i = 0; i < all.rows(); ++i) {
    for (Index p = 0; p < q_ + 2; ++p) block(i / side)[p * side + i % side] = all(i, p);
  }
  steps_ = static_cast<Index>(arrays.shared.at("stochastic")[0]);
  stress_ = arrays.shared.at("stochastic")[1];
}

}  // namespace replearn::sammon
