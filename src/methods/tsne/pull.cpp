#include "methods/tsne/pull.hpp"

#include "mpi/reproducible_sum.hpp"

namespace replearn::tsne {
namespace {

/// Sums over the members of each pull, bitwise identical on any number of ranks: `width` numbers per pull. add(pull,
/// row, sums) adds the terms of one row.
template <class Add>
std::vector<double> sums_over_members(const mpi::Communicator& comm, const RowPartition& partition,
                                      const std::vector<std::vector<Index>>& rows, Index width, Add add) {
  const Index all = static_cast<Index>(rows.size()) * width;
  const Index first = partition.first_block(comm.rank());
  std::vector<double> partials(all * (partition.end_block(comm.rank()) - first), 0.0);
  for (std::size_t pull = 0; pull < rows.size(); ++pull) {
    for (const Index row : rows[pull]) {
      const Index block = row / partition.block_size() - first;
      add(pull, row, partials.data() + block * all + static_cast<Index>(pull) * width);
    }
  }
  return mpi::reproducible_sum(comm, partials, all, partition.blocks());
}

}  // namespace

Penalties::Penalties(const mpi::Communicator& comm, const RowPartition& partition, std::vector<Pull> pulls)
    : comm_(&comm), partition_(partition), pulls_(std::move(pulls)) {
  for (const Pull& pull : pulls_) {
    std::vector<Index> rows;
    for (std::size_t i = 0; i < pull.members.size(); ++i) {
      if (pull.members[i]) rows.push_back(partition.begin(comm.rank()) + static_cast<Index>(i));
    }
    rows_.push_back(std::move(rows));
    counts_.push_back(static_cast<double>(count_pulled(comm, pull)));
  }
}

std::vector<double> Penalties::means(const MapView& points) const {
  const Index q = points.cols();
  auto sums = sums_over_members(*comm_, partition_, rows_, q, [&](std::size_t, Index row, double* to) {
    for (Index k = 0; k < q; ++k) to[k] += static_cast<double>(points(row, k));
  });
  for (std::size_t at = 0; at < sums.size(); ++at) sums[at] /= counts_[at / static_cast<std::size_t>(q)];
  return sums;
}

void Penalties::add_gradient(const MapView& points, double factor, RowMatrixD& gradient) const {
  if (pulls_.empty()) return;
  const Index q = points.cols(), first = partition_.begin(comm_->rank());
  const auto mean = means(points);
  for (std::size_t pull = 0; pull < pulls_.size(); ++pull) {
    const double strength = factor * pulls_[pull].weight / (counts_[pull] - 1);
    const double* center = mean.data() + static_cast<Index>(pull) * q;
    for (const Index row : rows_[pull]) {
      for (Index k = 0; k < q; ++k) {
        gradient(row - first, k) += strength * (static_cast<double>(points(row, k)) - center[k]);
      }
    }
  }
}

std::vector<double> Penalties::mean_squared_distances(const MapView& points) const {
  if (pulls_.empty()) return {};
  const Index q = points.cols();
  const auto mean = means(points);
  auto sums = sums_over_members(*comm_, partition_, rows_, 1, [&](std::size_t pull, Index row, double* to) {
    for (Index k = 0; k < q; ++k) {
      const double beside =
          static_cast<double>(points(row, k)) - mean[pull * static_cast<std::size_t>(q) + static_cast<std::size_t>(k)];
      *to += beside * beside;
    }
  });
  for (std::size_t pull = 0; pull < sums.size(); ++pull) sums[pull] *= 2 / (counts_[pull] - 1);
  return sums;
}

double Penalties::cost(const MapView& points) const {
  const auto distances = mean_squared_distances(points);
  double sum = 0;
  for (std::size_t pull = 0; pull < pulls_.size(); ++pull) sum += pulls_[pull].weight * distances[pull];
  return sum;
}

}  // namespace replearn::tsne
