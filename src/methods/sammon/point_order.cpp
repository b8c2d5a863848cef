#include "methods/sammon/point_order.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "mpi/collectives.hpp"

namespace replearn::sammon {

PointOrder::PointOrder(const RowPartition& rows, const std::vector<Index>& first_duplicate, bool shuffled,
                       std::uint64_t seed)
    : rows_(rows) {
  for (Index i = 0; i < rows.rows(); ++i) {
    if (first_duplicate.empty() || first_duplicate[i] == i) source_.push_back(i);
  }
  if (shuffled) {
    std::vector<std::pair<std::uint64_t, Index>> keys;
    for (const Index row : source_) {
      RandomStream draw(seed, Purpose::sammon_order, static_cast<std::uint64_t>(row));
      const auto high = static_cast<std::uint64_t>(draw.next_u32());
      keys.emplace_back(high << 32 | draw.next_u32(), row);
    }
    std::sort(keys.begin(), keys.end());
    for (std::size_t k = 0; k < keys.size(); ++k) source_[k] = keys[k].second;
  }
  point_of_.resize(rows.rows());
  for (std::size_t k = 0; k < source_.size(); ++k) {
    point_of_[source_[k]] = static_cast<Index>(k);
  }
  for (std::size_t i = 0; i < first_duplicate.size(); ++i) point_of_[i] = point_of_[first_duplicate[i]];
  points_ = RowPartition(static_cast<Index>(source_.size()), rows.shares());
}

RowMatrix PointOrder::to_points(const mpi::Communicator& comm, const RowMatrix& my_rows) const {
  if (is_identity()) return my_rows;
  DistributedMatrix mine(rows_, comm.rank(), my_rows.cols());
  mine.local = my_rows;
  const RowMatrix all = all_gather_rows(comm, mine);
  RowMatrix picked(points_.count(comm.rank()), my_rows.cols());
  for (Index k = 0; k < picked.rows(); ++k) {
    picked.row(k) = all.row(source_[points_.begin(comm.rank()) + k]);
  }
  return picked;
}

RowMatrixD PointOrder::to_rows(const mpi::Communicator& comm, const RowMatrixD& my_points) const {
  if (is_identity()) return my_points;
  const Index q = my_points.cols();
  const auto all =
      mpi::all_gather_v(comm, std::span<const double>(my_points.data(), static_cast<std::size_t>(my_points.size())));
  RowMatrixD picked(rows_.count(comm.rank()), q);
  for (Index i = 0; i < picked.rows(); ++i) {
    const Index point = point_of_[rows_.begin(comm.rank()) + i];
    std::copy_n(all.data() + point * q, q, picked.data() + i * q);
  }
  return picked;
}

std::vector<float> PointOrder::sum_to_points(const mpi::Communicator& comm, const std::vector<float>& my_rows) const {
  if (is_identity()) return my_rows;
  const auto all = mpi::all_gather_v(comm, my_rows);
  std::vector<double> sums(source_.size(), 0.0);
  for (std::size_t i = 0; i < all.size(); ++i) {
    sums[point_of_[i]] += static_cast<double>(all[i]);
  }
  const auto begin = sums.begin() + points_.begin(comm.rank());
  return {begin, begin + points_.count(comm.rank())};
}

}  // namespace replearn::sammon
