#include "methods/harmony/correction.hpp"

#include <Eigen/Cholesky>
#include <algorithm>

#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::harmony {
namespace {

/// Rows of one block and one group: products of them have the same shape on any number of ranks.
struct Segment {
  Index group;
  std::vector<Index> rows;  // local
};

std::vector<Segment> segments_of(const DistributedMatrix& z, const Groups& groups) {
  std::vector<Segment> segments;
  const auto& partition = z.partition;
  for (Index block = partition.first_block(z.rank); block < partition.end_block(z.rank); ++block) {
    const Index begin = partition.block_begin(block) - z.first_row(), end = partition.block_end(block) - z.first_row();
    std::vector<std::vector<Index>> rows(static_cast<std::size_t>(groups.count()));
    for (Index i = begin; i < end; ++i) rows[static_cast<std::size_t>(groups.local[static_cast<std::size_t>(i)])].push_back(i);
    for (Index group = 0; group < groups.count(); ++group) {
      auto& each = rows[static_cast<std::size_t>(group)];
      if (!each.empty()) segments.push_back({group, std::move(each)});
    }
  }
  return segments;
}

RowMatrix rows_of(const RowMatrix& matrix, const std::vector<Index>& rows) {
  return matrix(rows, Eigen::all);
}

/// For each group, sum_i R_ik z_i over its rows (K x d), one below the other.
RowMatrixD moments_of(const mpi::Communicator& comm, const DistributedMatrix& z, const SoftClusters& clusters,
                      const std::vector<Segment>& segments, Index groups) {
  const Index k = clusters.clusters(), d = z.columns();
  const float mine = z.local_rows() > 0 ? z.local.cwiseAbs().maxCoeff() : 0.0f;
  const double largest = mpi::all_reduce(comm, mine, mpi::Reduction::max);
  mpi::FixedPointSum sum(static_cast<double>(z.partition.block_size()) * std::max(largest, 1e-30), groups * k * d,
                         z.partition.blocks());
  for (const auto& segment : segments) {
    const RowMatrix product = rows_of(clusters.assignments(), segment.rows).transpose() * rows_of(z.local, segment.rows);
    const RowMatrixD partial = product.cast<double>();
    sum.add({partial.data(), static_cast<std::size_t>(partial.size())}, segment.group * k * d);
  }
  const auto total = sum.reduce(comm);
  return Eigen::Map<const RowMatrixD>(total.data(), groups * k, d);
}

/// W_k without the intercept, B x d. moments: of all groups.
RowMatrixD shifts_of(Index cluster, const SoftClusters& clusters, const Groups& groups, const RowMatrixD& moments,
                     double lambda) {
  const Index levels = groups.levels, d = moments.cols();
  Eigen::MatrixXd equations = Eigen::MatrixXd::Zero(levels + 1, levels + 1);
  Eigen::MatrixXd right = Eigen::MatrixXd::Zero(levels + 1, d);
  for (Index group = 0; group < groups.count(); ++group) {
    const double cells = clusters.cells(cluster, group);
    std::vector<Index> places = {0};
    for (const Index level : groups.levels_of[static_cast<std::size_t>(group)]) places.push_back(level + 1);
    for (const Index a : places) {
      right.row(a) += moments.row(group * clusters.clusters() + cluster);
      for (const Index b : places) equations(a, b) += cells;
    }
  }
  // Without a cell in the cluster the intercept is undetermined, and no cell is moved by it.
  if (equations(0, 0) <= 0) equations(0, 0) = 1;
  for (Index b = 1; b <= levels; ++b) equations(b, b) += lambda;
  return equations.ldlt().solve(right).bottomRows(levels);
}

}  // namespace

DistributedMatrix correct(const mpi::Communicator& comm, const DistributedMatrix& z, const SoftClusters& clusters,
                          const Groups& groups, double lambda) {
  const Index count = clusters.clusters(), d = z.columns();
  const auto segments = segments_of(z, groups);
  const auto moments = moments_of(comm, z, clusters, segments, groups.count());
  RowMatrix shifts = RowMatrix::Zero(groups.count() * count, d);  // of each group and cluster
  for (Index k = 0; k < count; ++k) {
    const auto of_levels = shifts_of(k, clusters, groups, moments, lambda);
    for (Index group = 0; group < groups.count(); ++group) {
      Eigen::RowVectorXd shift = Eigen::RowVectorXd::Zero(d);
      for (const Index level : groups.levels_of[static_cast<std::size_t>(group)]) shift += of_levels.row(level);
      shifts.row(group * count + k) = shift.cast<float>();
    }
  }
  DistributedMatrix corrected = z;
  for (const auto& segment : segments) {
    const RowMatrix shift =
        rows_of(clusters.assignments(), segment.rows) * shifts.middleRows(segment.group * count, count);
    corrected.local(segment.rows, Eigen::all) -= shift;
  }
  return corrected;
}

}  // namespace replearn::harmony
