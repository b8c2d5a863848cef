#include "methods/map_quality/space.hpp"

#include <algorithm>
#include <cmath>

namespace replearn::map_quality {
namespace {

// Not inlined, so that all callers execute the same machine code and ties remain ties.
[[gnu::noinline]] double squared_distance(const float* x, const float* y, Index d) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (Index k = 0; k < d; ++k) {
    const double apart = static_cast<double>(x[k]) - static_cast<double>(y[k]);
    sum += apart * apart;
  }
  return sum;
}

/// Summed over all rows in order on each rank, so that scores do not depend on the number of ranks.
Frame frame_of(const SharedRows& rows) {
  const Index n = rows.rows(), d = rows.columns();
  Frame frame;
  frame.center.assign(d, 0.0);
  for (Index i = 0; i < n; ++i) {
    for (Index k = 0; k < d; ++k) frame.center[k] += static_cast<double>(rows.row(i)[k]);
  }
  for (auto& sum : frame.center) sum /= static_cast<double>(std::max<Index>(n, 1));
  double largest = 0;
  for (Index i = 0; i < n; ++i) {
    for (Index k = 0; k < d; ++k) {
      largest = std::max(largest, std::abs(static_cast<double>(rows.row(i)[k]) - frame.center[k]));
    }
  }
  if (largest > 0) frame.exponent = -std::ilogb(largest);
  return frame;
}

}  // namespace

Space::Space(const mpi::Communicator& comm, const DistributedMatrix& x)
    : rows_(comm, x, Metric::euclidean), frame_(frame_of(rows_)) {}

double Space::square(Index i, Index j) const {
  return squared_distance(rows_.row(i), rows_.row(j), columns());
}

void Space::squares(Index i, std::vector<double>& to) const {
  to.resize(rows());
  for (Index j = 0; j < rows(); ++j) to[j] = square(i, j);
}

double Space::root_mean_square_distance() const {
  double sum = 0;
  for (Index i = 0; i < rows(); ++i) {
    for (Index k = 0; k < columns(); ++k) {
      const double apart = static_cast<double>(rows_.row(i)[k]) - frame_.center[k];
      sum += apart * apart;
    }
  }
  return std::sqrt(2 * sum / static_cast<double>(std::max<Index>(1, rows() - 1)));
}

}  // namespace replearn::map_quality
