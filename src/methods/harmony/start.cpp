#include "methods/harmony/start.hpp"

#include <algorithm>
#include <limits>

#include "base/random.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::harmony {
namespace {

constexpr Index max_sample = 20'000, restarts = 5, sample_iterations = 25, iterations = 5;

/// Rows at even distances, on every rank.
RowMatrix sample_of(const mpi::Communicator& comm, const DistributedMatrix& z) {
  const Index n = z.rows(), count = std::min(n, max_sample);
  std::vector<float> mine;
  for (Index j = 0; j < count; ++j) {
    const Index row = j * n / count - z.first_row();
    if (row < 0 || row >= z.local_rows()) continue;
    mine.insert(mine.end(), &z.local(row, 0), &z.local(row, 0) + z.columns());
  }
  const auto all = mpi::all_gather_v(comm, mine);
  return Eigen::Map<const RowMatrix>(all.data(), count, z.columns());
}

RowMatrix plus_plus(const RowMatrix& x, Index k, std::uint64_t seed, Index restart) {
  RandomStream random(seed, Purpose::harmony_start, static_cast<std::uint64_t>(restart));
  RowMatrix centers(k, x.cols());
  Eigen::VectorXd squares = Eigen::VectorXd::Constant(x.rows(), std::numeric_limits<double>::infinity());
  Index chosen = random.below(static_cast<std::uint32_t>(x.rows()));
  for (Index c = 0; c < k; ++c) {
    centers.row(c) = x.row(chosen);
    double total = 0;
    for (Index i = 0; i < x.rows(); ++i) {
      squares[i] = std::min(squares[i], static_cast<double>((x.row(i) - centers.row(c)).squaredNorm()));
      total += squares[i];
    }
    double left = random.uniform() * total;
    for (chosen = 0; chosen + 1 < x.rows() && left >= squares[chosen]; ++chosen) left -= squares[chosen];
  }
  return centers;
}

/// The center nearest to each row, and the sum of the squared distances.
struct Assignment {
  std::vector<Index> center;
  double error = 0;
};
Assignment nearest(const RowMatrix& x, const RowMatrix& centers) {
  const Eigen::VectorXf squares = centers.rowwise().squaredNorm();
  constexpr Index rows_at_once = 256;
  Assignment found;
  for (Index begin = 0; begin < x.rows(); begin += rows_at_once) {
    const Index rows = std::min(rows_at_once, x.rows() - begin);
    const RowMatrix products = x.middleRows(begin, rows) * centers.transpose();
    for (Index i = 0; i < rows; ++i) {
      Index best = 0;
      const float distance = (squares.transpose() - 2 * products.row(i)).minCoeff(&best);
      found.center.push_back(best);
      found.error += distance + x.row(begin + i).squaredNorm();
    }
  }
  return found;
}

/// Sums of the rows of each center, with their number in a last column.
RowMatrixD sums_of(const RowMatrix& x, const Assignment& found, Index k) {
  RowMatrixD sums = RowMatrixD::Zero(k, x.cols() + 1);
  for (Index i = 0; i < x.rows(); ++i) {
    auto sum = sums.row(found.center[static_cast<std::size_t>(i)]);
    sum.head(x.cols()) += x.row(i).cast<double>();
    sum[x.cols()] += 1;
  }
  return sums;
}

/// A center without rows stays.
void move(RowMatrix& centers, const RowMatrixD& sums) {
  const Index d = centers.cols();
  for (Index c = 0; c < centers.rows(); ++c) {
    if (sums(c, d) > 0) centers.row(c) = (sums.row(c).head(d) / sums(c, d)).cast<float>();
  }
}

}  // namespace

RowMatrix k_means(const mpi::Communicator& comm, const DistributedMatrix& z, Index k, std::uint64_t seed) {
  const RowMatrix sample = sample_of(comm, z);
  RowMatrix best;
  double least = std::numeric_limits<double>::infinity();
  for (Index restart = 0; restart < restarts; ++restart) {
    RowMatrix centers = plus_plus(sample, k, seed, restart);
    for (Index i = 0; i < sample_iterations; ++i) move(centers, sums_of(sample, nearest(sample, centers), k));
    const double error = nearest(sample, centers).error;
    if (error >= least) continue;
    least = error;
    best = std::move(centers);
  }
  const auto& rows = z.partition;
  const float mine = z.local_rows() > 0 ? z.local.cwiseAbs().maxCoeff() : 0.0f;
  const double largest = std::max(1.0, static_cast<double>(mpi::all_reduce(comm, mine, mpi::Reduction::max)));
  for (Index i = 0; i < iterations && rows.rows() > sample.rows(); ++i) {
    mpi::FixedPointSum sum(largest * static_cast<double>(rows.block_size()), k * (z.columns() + 1), rows.blocks());
    for (Index block = rows.first_block(z.rank); block < rows.end_block(z.rank); ++block) {
      const RowMatrix x =
          z.local.middleRows(rows.block_begin(block) - z.first_row(), rows.block_end(block) - rows.block_begin(block));
      const auto partial = sums_of(x, nearest(x, best), k);
      sum.add({partial.data(), static_cast<std::size_t>(partial.size())});
    }
    const auto total = sum.reduce(comm);
    move(best, Eigen::Map<const RowMatrixD>(total.data(), k, z.columns() + 1));
  }
  return best;
}

}  // namespace replearn::harmony
