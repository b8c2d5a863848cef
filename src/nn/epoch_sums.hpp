#pragma once
#include <algorithm>
#include <limits>
#include <span>
#include <vector>

#include "mpi/nonblocking_sum.hpp"

namespace replearn::nn {

/// Losses and counts of the steps, summed over rows and ranks, and over the steps since the last clear():
///
///     sums.start(numbers);     numbers of the local rows; summed over ranks while gradients are computed
///     sums.wait();             numbers are those of all ranks
///     sums.add(numbers);
///
/// Identical on every rank.
class EpochSums {
 public:
  EpochSums(const mpi::Communicator& comm, std::size_t count) : over_ranks_(comm), totals_(count, 0.0) {}

  /// numbers: at most as many as there are sums; must stay in place until wait(). All ranks.
  void start(std::span<double> numbers) { over_ranks_.start(numbers); }
  void wait() { over_ranks_.wait(); }
  void add(std::span<const double> numbers) {
    for (std::size_t k = 0; k < numbers.size(); ++k) totals_[k] += numbers[k];
  }
  void clear() { std::fill(totals_.begin(), totals_.end(), 0.0); }

  double operator[](std::size_t k) const { return totals_[k]; }
  /// totals[sum] / totals[count]; NaN if nothing has been counted.
  double mean(std::size_t sum, std::size_t count) const {
    return totals_[count] > 0 ? totals_[sum] / totals_[count] : std::numeric_limits<double>::quiet_NaN();
  }
  /// State, saved in checkpoints.
  std::vector<double>& totals() { return totals_; }

 private:
  mpi::NonblockingSum<double> over_ranks_;
  std::vector<double> totals_;
};

}  // namespace replearn::nn
