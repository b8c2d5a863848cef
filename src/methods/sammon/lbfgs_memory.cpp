#include "methods/sammon/lbfgs_memory.hpp"

#include <cmath>

#include "mpi/reproducible_sum.hpp"

namespace replearn::sammon {
namespace {

/// Pairs of a step and its change of the gradient that are stored.
constexpr std::size_t max_pairs = 10;

}  // namespace

double dot(const mpi::Communicator& comm, const RowPartition& partition, const RowMatrixD& a, const RowMatrixD& b) {
  const Index first = partition.begin(comm.rank()), q = a.cols();
  std::vector<double> partials;
  for (Index block = partition.first_block(comm.rank()); block < partition.end_block(comm.rank()); ++block) {
    double partial = 0;
    for (Index k = (partition.block_begin(block) - first) * q; k < (partition.block_end(block) - first) * q; ++k) {
      partial += a.data()[k] * b.data()[k];
    }
    partials.push_back(partial);
  }
  return mpi::reproducible_sum(comm, partials, partition.blocks());
}

RowMatrixD LbfgsMemory::direction(const RowMatrixD& gradient, const RowMatrixD& inverse) const {
  RowMatrixD r = gradient;
  std::vector<double> alpha(steps_.size());
  for (std::size_t k = steps_.size(); k-- > 0;) {
    alpha[k] = dot(comm_, partition_, steps_[k], r) / curvatures_[k];
    r -= alpha[k] * changes_[k];
  }
  r = r.cwiseProduct(inverse).eval();
  for (std::size_t k = 0; k < steps_.size(); ++k) {
    const double beta = dot(comm_, partition_, changes_[k], r) / curvatures_[k];
    r += (alpha[k] - beta) * steps_[k];
  }
  return -r;
}

void LbfgsMemory::remember(RowMatrixD step, RowMatrixD change) {
  const double curvature = dot(comm_, partition_, step, change);
  const double lengths = dot(comm_, partition_, step, step) * dot(comm_, partition_, change, change);
  if (!(curvature > 1e-12 * std::sqrt(lengths))) return;
  steps_.push_back(std::move(step));
  changes_.push_back(std::move(change));
  curvatures_.push_back(curvature);
  if (steps_.size() <= max_pairs) return;
  steps_.erase(steps_.begin());
  changes_.erase(changes_.begin());
  curvatures_.erase(curvatures_.begin());
}

void LbfgsMemory::forget() {
  steps_.clear();
  changes_.clear();
  curvatures_.clear();
}

NamedArrays LbfgsMemory::arrays(const std::string& prefix) {
  return {{prefix + "steps", &steps_, partition_},
          {prefix + "changes", &changes_, partition_},
          {prefix + "curvatures", &curvatures_, {}}};
}

}  // namespace replearn::sammon
