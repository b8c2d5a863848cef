#include "methods/sammon/stochastic.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/random.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::sammon {

Stochastic::Stochastic(const mpi::Communicator& comm, Points points, Index q, std::uint64_t seed,
                       StochasticSchedule schedule, const Objective* objective)
    : comm_(comm),
      data_(std::move(points)),
      q_(q),
      seed_(seed),
      schedule_(schedule),
      objective_(objective),
      partition_(data_.distances.points, comm.shares()),
      tiles_(data_.distances.points, comm.shares()),
      distances_(static_cast<std::size_t>(tiles_.side() * tiles_.side())) {
  if (!data_.weights.empty()) data_.weights.resize(tiles_.padded(), 1.0f);
  if (!data_.fixed.empty()) data_.fixed.resize(tiles_.padded(), 0);
}

void Stochastic::start(RowMatrixD y) {
  y_ = std::move(y);
  steps_ = 0;
  value_ = objective_ ? objective_->evaluate_at(y_, Detail::gradient).value : std::numeric_limits<double>::quiet_NaN();
  DistributedMatrix mine(partition_, comm_.rank(), q_);
  mine.local = y_.cast<float>();
  const RowMatrix all = all_gather_rows(comm_, mine);
  const Index side = tiles_.side();
  state_.assign(tiles_.group_count() * block_size(), 0.0f);
  for (Index i = 0; i < all.rows(); ++i) {
    for (Index p = 0; p < q_; ++p) block(i / side)[p * side + i % side] = all(i, p);
  }
}

std::vector<Stochastic::GroupPair> Stochastic::draw_group_pairs() const {
  // Groups a and b are paired in the iteration a + b modulo the number of groups.
  const Index groups = tiles_.group_count(), epoch = steps_ / groups;
  std::vector<Index> numbers(groups);
  std::iota(numbers.begin(), numbers.end(), Index{0});
  RandomStream draw(seed_, Purpose::sammon_rounds, static_cast<std::uint64_t>(epoch));
  for (std::size_t left = numbers.size(); left > 1; --left) {
    std::swap(numbers[left - 1], numbers[draw.below(static_cast<std::uint32_t>(left))]);
  }
  const Index number = numbers[steps_ % groups];
  std::vector<GroupPair> pairs;
  for (Index a = 0; a < groups; ++a) {
    const Index b = (number - a + groups) % groups;
    if (a <= b) pairs.push_back({a, b});
  }
  return pairs;
}

double Stochastic::rate() const {
  const double iterations = static_cast<double>(std::max<Index>(schedule_.iterations - 1, 1));
  return schedule_.first * std::pow(schedule_.last / schedule_.first, static_cast<double>(steps_) / iterations);
}

const float* Stochastic::group_weights(Index group) const {
  return data_.weights.empty() ? nullptr : data_.weights.data() + group * tiles_.side();
}

void Stochastic::measure(GroupPair pair) {
  const Index side = tiles_.side(), a_count = tiles_.group_size(pair.a), b_count = tiles_.group_size(pair.b);
  std::fill(distances_.begin(), distances_.end(), 0.0f);
  data_.distances.measure(tiles_.group_begin(pair.a), a_count, tiles_.group_begin(pair.b), b_count, distances_.data(),
                          side);
  const bool infinite_at_zero = data_.weight.a > 0 && data_.weight.b == 0;
  for (Index i = 0; i < a_count; ++i) {
    float* row = distances_.data() + i * side;
    for (Index j = 0; j < b_count && !infinite_at_zero; ++j) row[j] = std::max(row[j], 1e-30f);
    if (pair.is_diagonal()) std::fill(row, row + i + 1, 0.0f);
  }
}

void Stochastic::update_pair(GroupPair pair, double rate, std::vector<float>& moved, std::vector<double>& partials) {
  const auto [a, b] = pair;
  const Index side = tiles_.side();
  measure(pair);
  std::vector<float> row_weights(side), column_weights(row_weights.size());
  TileSums sums(side, q_);
  const double normalization = weigh_tile(data_.weight, side, distances_.data(), group_weights(a), group_weights(b),
                                          row_weights.data(), column_weights.data());
  stress_tile(data_.weight, side, q_, distances_.data(), {block(a), group_weights(a)}, {block(b), group_weights(b)},
              Detail::gradient, sums);
  partials.push_back(sums.stress);
  partials.push_back(normalization);
  if (pair.is_diagonal()) {  // both halves belong to the same points
    for (std::size_t k = 0; k < row_weights.size(); ++k) row_weights[k] += column_weights[k];
    for (std::size_t k = 0; k < sums.first_a.size(); ++k) sums.first_a[k] += sums.first_b[k];
    move_group(a, tiles_.group_size(a) - 1, rate, row_weights, sums.first_a, moved);
  } else {
    move_group(a, tiles_.group_size(b), rate, row_weights, sums.first_a, moved);
    move_group(b, tiles_.group_size(a), rate, column_weights, sums.first_b, moved);
  }
}

void Stochastic::move_group(Index group, Index partners, double rate, const std::vector<float>& pair_weights,
                            const std::vector<float>& e1, std::vector<float>& moved) const {
  const Index side = tiles_.side();
  const auto begin = moved.size();
  moved.insert(moved.end(), block(group), block(group) + block_size());
  float *coordinates = moved.data() + begin, *weights_seen = coordinates + q_ * side,
        *points_seen = weights_seen + side;
  for (Index i = 0; i < tiles_.group_size(group); ++i) {
    const float weight = pair_weights[i];
    weights_seen[i] += weight;
    points_seen[i] += static_cast<float>(partners);
    if (!data_.fixed.empty() && data_.fixed[group * side + i]) continue;
    const float mean_weight = weights_seen[i] / points_seen[i] * static_cast<float>(partners);
    const float divisor = std::max(weight, mean_weight);
    if (!(divisor > 0)) continue;
    const float factor = static_cast<float>(rate) / divisor;
    for (Index p = 0; p < q_; ++p) coordinates[p * side + i] += factor * e1[p * side + i];
  }
}

bool Stochastic::step() {
  const auto pairs = draw_group_pairs();
  const auto count = static_cast<Index>(pairs.size());
  const Index begin = comm_.shares().begin(count, comm_.rank()), end = comm_.shares().begin(count, comm_.rank() + 1);
  const double rate = this->rate();
  std::vector<float> moved;
  std::vector<double> partials;
  mpi::run_collectively(comm_, [&] {
    for (Index k = begin; k < end; ++k) update_pair(pairs[k], rate, moved, partials);
  });
  const auto sums = mpi::reproducible_sum(comm_, partials, 2, count);
  value_ = sums[0] / sums[1];
  const auto all = mpi::all_gather_v(comm_, moved);
  const float* from = all.data();
  const auto replace = [&](Index group) {
    std::copy_n(from, block_size(), block(group));
    from += block_size();
  };
  for (const auto& pair : pairs) {
    replace(pair.a);
    if (!pair.is_diagonal()) replace(pair.b);
  }
  ++steps_;
  resume();
  return true;
}

NamedArrays Stochastic::arrays() {
  return {{"stochastic/state", &state_, {}}, {"stochastic/step", &steps_, {}}, {"stochastic/value", &value_, {}}};
}

void Stochastic::resume() {
  const Index side = tiles_.side(), first = partition_.begin(comm_.rank());
  y_.resize(partition_.count(comm_.rank()), q_);
  for (Index i = 0; i < y_.rows(); ++i) {
    const float* group = block((first + i) / side);
    for (Index p = 0; p < q_; ++p) y_(i, p) = static_cast<double>(group[p * side + (first + i) % side]);
  }
}

}  // namespace replearn::sammon
