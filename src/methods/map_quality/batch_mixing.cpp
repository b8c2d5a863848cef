#include "methods/map_quality/batch_mixing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "mpi/collectives.hpp"

namespace replearn::map_quality {
namespace {

/// Weights exp(-beta distance), normalized; returns their entropy. 0 if all of them vanish.
double weigh(const std::vector<double>& distances, double beta, std::vector<double>& weights) {
  double sum = 0, product = 0;
  for (std::size_t j = 0; j < distances.size(); ++j) {
    weights[j] = std::exp(-distances[j] * beta);
    sum += weights[j];
    product += distances[j] * weights[j];
  }
  if (sum == 0) return 0;
  for (auto& weight : weights) weight /= sum;
  return std::log(sum) + beta * product / sum;
}

/// Weights with this perplexity, by bisection as in scib-metrics: from beta = 1, to 1e-5, at most 50 steps. Returns
/// whether they have it.
bool weigh_with_perplexity(const std::vector<double>& distances, double perplexity, std::vector<double>& weights) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double target = std::log(perplexity);
  double beta = 1, low = -infinity, high = infinity;
  double entropy = weigh(distances, beta, weights);
  for (int step = 0; step < 50 && std::abs(entropy - target) >= 1e-5; ++step) {
    if (entropy > target) {
      low = beta;
      beta = high == infinity ? 2 * beta : (beta + high) / 2;
    } else {
      high = beta;
      beta = low == -infinity ? beta / 2 : (beta + low) / 2;
    }
    entropy = weigh(distances, beta, weights);
  }
  return std::abs(entropy - target) < 1e-5;
}

}  // namespace

std::vector<double> inverse_simpson(const NeighborLists& neighbors, Index first_row, Index k, double perplexity,
                                    const Labels& labels) {
  std::vector<double> results, distances, weights, shares(labels.count);
  for (Index i = 0; i < neighbors.rows(); ++i) {
    if (labels.codes[first_row + i] < 0) {
      results.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    const auto list = neighbors.of(i).first(std::min<std::size_t>(k, neighbors.of(i).size()));
    distances.clear();
    for (const auto& neighbor : list) distances.push_back(std::sqrt(neighbor.square));
    weights.resize(distances.size());
    // Far from unit scale, 50 steps from beta = 1 do not suffice.
    if (!weigh_with_perplexity(distances, perplexity, weights)) {
      const double largest = distances.empty() ? 0 : *std::max_element(distances.begin(), distances.end());
      for (auto& distance : distances) distance /= largest > 0 ? largest : 1;
      weigh_with_perplexity(distances, perplexity, weights);
    }
    std::fill(shares.begin(), shares.end(), 0.0);
    for (std::size_t j = 0; j < list.size(); ++j) {
      const auto code = labels.codes[list[j].row];
      if (code >= 0) shares[code] += weights[j];
    }
    double simpson = 0;
    for (const double share : shares) simpson += share * share;
    results.push_back(1 / simpson);
  }
  return results;
}

double median(const mpi::Communicator& comm, const std::vector<double>& mine) {
  auto all = mpi::all_gather_v(comm, mine);
  std::erase_if(all, [](double value) { return std::isnan(value); });
  if (all.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto middle = all.begin() + std::ssize(all) / 2;
  std::nth_element(all.begin(), middle, all.end());
  return all.size() % 2 == 1 ? *middle : (*middle + *std::max_element(all.begin(), middle)) / 2;
}

double chi_squared_tail(Index freedom, double x) {
  // Abramowitz and Stegun 1964, 26.4.4 and 26.4.5: finite sums of positive terms.
  const double half = x / 2;
  const bool odd = freedom % 2 == 1;
  double tail = odd ? std::erfc(std::sqrt(half)) : 0;
  double term = odd ? 2 * std::sqrt(half / std::numbers::pi) * std::exp(-half) : std::exp(-half);
  for (Index i = odd ? 3 : 2; i <= freedom; i += 2) {
    tail += term;
    term *= x / static_cast<double>(i);
  }
  return tail;
}

double kbet_acceptance(const mpi::Communicator& comm, const NeighborLists& neighbors, Index first_row, Index k,
                       const Labels& batches) {
  const auto sizes = batches.sizes();
  double all = 0;
  for (const Index size : sizes) all += static_cast<double>(size);
  std::array<Index, 2> counts{};  // accepted, tested
  std::vector<Index> found(batches.count);
  for (Index i = 0; i < neighbors.rows(); ++i) {
    const auto own = batches.codes[first_row + i];
    if (own < 0) continue;
    std::fill(found.begin(), found.end(), 0);
    ++found[own];
    Index rows = 1;
    const auto list = neighbors.of(i).first(std::min<std::size_t>(k, neighbors.of(i).size()));
    for (const auto& neighbor : list) {
      const auto code = batches.codes[neighbor.row];
      if (code >= 0) ++found[code], ++rows;
    }
    double statistic = 0;
    for (Index batch = 0; batch < batches.count; ++batch) {
      const double expected = static_cast<double>(sizes[batch]) / all * static_cast<double>(rows);
      const double apart = static_cast<double>(found[batch]) - expected;
      statistic += apart * apart / expected;
    }
    const bool accepted = batches.count < 2 || chi_squared_tail(batches.count - 1, statistic) >= 0.05;
    counts[0] += accepted ? 1 : 0;
    ++counts[1];
  }
  mpi::all_reduce(comm, std::span<Index>(counts), mpi::Reduction::sum);
  return static_cast<double>(counts[0]) / static_cast<double>(counts[1]);
}

double batch_variance(const Space& space, const Labels& batches) {
  const Index d = space.columns();
  const auto sizes = batches.sizes();
  const auto& center = space.frame().center;  // of all rows; any would do
  RowMatrixD sums = RowMatrixD::Zero(batches.count, d);
  double squares = 0;
  Index rows = 0;
  for (Index i = 0; i < space.rows(); ++i) {
    const auto code = batches.codes[i];
    if (code < 0) continue;
    ++rows;
    for (Index c = 0; c < d; ++c) {
      const double value = static_cast<double>(space.row(i)[c]) - center[c];
      sums(code, c) += value;
      squares += value * value;
    }
  }
  double between = 0, mean_squares = 0;
  for (Index batch = 0; batch < batches.count; ++batch) {
    between += sums.row(batch).squaredNorm() / static_cast<double>(sizes[batch]);
  }
  mean_squares = sums.colwise().sum().squaredNorm() / static_cast<double>(rows);
  const double total = squares - mean_squares;
  return total > 0 ? std::max(0.0, between - mean_squares) / total : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace replearn::map_quality
