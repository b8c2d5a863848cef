#include "methods/tsne/optimizer.hpp"

#include <cmath>
#include <span>
#include <vector>

#include "mpi/collectives.hpp"

namespace replearn::tsne {
namespace {

int sign(double value) {
  return (value > 0) - (value < 0);
}

}  // namespace

Optimizer::Optimizer(Index local_rows, Index dimensions)
    : steps_(RowMatrix::Zero(local_rows, dimensions)), gains_(RowMatrix::Ones(local_rows, dimensions)) {}

void Optimizer::move(RowMatrix& points, const RowMatrixD& gradient, const Rates& rates) {
  for (Index i = 0; i < points.rows(); ++i) {
    double square = 0;
    for (Index k = 0; k < points.cols(); ++k) {
      const double step = static_cast<double>(steps_(i, k)), slope = gradient(i, k);
      const double gain = static_cast<double>(gains_(i, k));
      const double new_gain = sign(step) != sign(slope) ? gain + 0.2 : gain * 0.8 + rates.min_gain;
      const double new_step = rates.momentum * step - rates.learning_rate * new_gain * slope;
      gains_(i, k) = static_cast<float>(new_gain);
      steps_(i, k) = static_cast<float>(new_step);
      square += new_step * new_step;
    }
    const double norm = std::sqrt(square);
    const bool too_long = rates.max_step_norm > 0 && norm > rates.max_step_norm;
    for (Index k = 0; k < points.cols(); ++k) {
      if (too_long) steps_(i, k) = static_cast<float>(static_cast<double>(steps_(i, k)) * rates.max_step_norm / norm);
      points(i, k) += steps_(i, k);
    }
  }
}

void center(const mpi::Communicator& comm, const RowPartition& partition, RowMatrix& mine) {
  const Index q = mine.cols(), first = partition.begin(comm.rank());
  std::vector<double> sums;  // of the local blocks
  for (Index block = partition.first_block(comm.rank()); block < partition.end_block(comm.rank()); ++block) {
    for (Index k = 0; k < q; ++k) {
      double sum = 0;
      for (Index i = partition.block_begin(block); i < partition.block_end(block); ++i) {
        sum += static_cast<double>(mine(i - first, k));
      }
      sums.push_back(sum);
    }
  }
  std::vector<Index> counts;
  for (int r = 0; r < comm.size(); ++r) counts.push_back(q * (partition.end_block(r) - partition.first_block(r)));
  std::vector<double> all(q * partition.blocks());
  mpi::all_gather_into(comm, std::span<const double>(sums), std::span<double>(all), counts);
  for (Index k = 0; k < q; ++k) {
    double total = 0;
    for (Index block = 0; block < partition.blocks(); ++block) total += all[q * block + k];
    const double mean = total / static_cast<double>(partition.rows());
    for (Index i = 0; i < mine.rows(); ++i) mine(i, k) = static_cast<float>(static_cast<double>(mine(i, k)) - mean);
  }
}

}  // namespace replearn::tsne
