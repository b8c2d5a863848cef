#include "methods/sammon/lbfgs.hpp"

#include <cmath>

#include "mpi/reproducible_sum.hpp"

namespace replearn::sammon {

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

RowMatrixD Lbfgs::direction(const RowMatrixD& gradient, const RowMatrixD& inverse) const {
  RowMatrixD r = gradient;
  std::vector<double> alpha(pairs_.size());
  for (std::size_t k = pairs_.size(); k-- > 0;) {
    alpha[k] = dot(comm_, partition_, pairs_[k].step, r) / pairs_[k].curvature;
    r -= alpha[k] * pairs_[k].change;
  }
  r = r.cwiseProduct(inverse).eval();
  for (std::size_t k = 0; k < pairs_.size(); ++k) {
    const double beta = dot(comm_, partition_, pairs_[k].change, r) / pairs_[k].curvature;
    r += (alpha[k] - beta) * pairs_[k].step;
  }
  return -r;
}

void Lbfgs::remember(RowMatrixD step, RowMatrixD change) {
  const double curvature = dot(comm_, partition_, step, change);
  const double lengths = dot(comm_, partition_, step, step) * dot(comm_, partition_, change, change);
  if (!(curvature > 1e-12 * std::sqrt(lengths))) return;
  pairs_.push_back({std::move(step), std::move(change), curvature});
  if (pairs_.size() > max_pairs) pairs_.pop_front();
}

void Lbfgs::put_into(Arrays& arrays) const {
  std::vector<double> curvatures;
  for (const Pair& pair : pairs_) {
    const std::string name = "lbfgs/" + std::to_string(curvatures.size());
    arrays.rows[name + "/step"] = pair.step;
    arrays.rows[name + "/change"] = pair.change;
    curvatures.push_back(pair.curvature);
  }
  arrays.shared["lbfgs/curvatures"] = curvatures;
}

void Lbfgs::take_from(const Arrays& arrays) {
  pairs_.clear();
  for (const double curvature : arrays.shared.at("lbfgs/curvatures")) {
    const std::string name = "lbfgs/" + std::to_string(pairs_.size());
    pairs_.push_back({arrays.rows.at(name + "/step"), arrays.rows.at(name + "/change"), curvature});
  }
}

}  // namespace replearn::sammon
