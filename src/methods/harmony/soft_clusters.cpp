#include "methods/harmony/soft_clusters.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <span>

#include "base/random.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"
#include "numerics/elementary.hpp"

namespace replearn::harmony {
namespace {

constexpr std::uint32_t parts = 20;

/// Calls work(first local row, rows) for each local block: products of fixed shapes have the same bits on any ranks.
template <class Work>
void for_each_block(const DistributedMatrix& z, const Work& work) {
  const auto& rows = z.partition;
  for (Index block = rows.first_block(z.rank); block < rows.end_block(z.rank); ++block) {
    work(rows.block_begin(block) - z.first_row(), rows.block_end(block) - rows.block_begin(block));
  }
}

/// The local rows of each part.
std::vector<std::vector<Index>> parts_of(const DistributedMatrix& z, std::uint64_t seed, Index round) {
  std::vector<std::vector<Index>> rows(parts);
  constexpr int row_bits = 40;
  for (Index i = 0; i < z.local_rows(); ++i) {
    const auto index = (static_cast<std::uint64_t>(round) << row_bits) + static_cast<std::uint64_t>(z.first_row() + i);
    rows[RandomStream(seed, Purpose::harmony_parts, index).below(parts)].push_back(i);
  }
  return rows;
}

}  // namespace

SoftClusters::SoftClusters(const mpi::Communicator& comm, DistributedMatrix points, const Groups& groups,
                           RowMatrix centers, const Options& options)
    : comm_(comm), z_(std::move(points)), groups_(groups), centers_(std::move(centers)), options_(options) {
  const double per_cluster = static_cast<double>(clusters()) * options.tau;
  for (std::size_t b = 0; b < groups.cells.size(); ++b) {
    const auto factor = static_cast<std::size_t>(groups.factor_of[b]);
    double theta = options.theta.size() == 1 ? options.theta[0] : options.theta[factor];
    if (per_cluster > 0) theta *= 1 - std::exp(-std::pow(groups.cells[b] / per_cluster, 2));
    theta_.push_back(theta);
  }
  r_ = RowMatrix::Zero(z_.local_rows(), clusters());
  scale_ = r_;
  entropy_.assign(static_cast<std::size_t>(z_.local_rows()), 0.0);
  sums_.assign(static_cast<std::size_t>(clusters() * groups.count()), 0);
  constexpr int bits = 62;
  unit_ = std::ldexp(1.0, bits - std::bit_width(static_cast<std::uint64_t>(z_.rows())));
  centers_.rowwise().normalize();
  assign_first();
}

void SoftClusters::assign_first() {
  scale();
  std::vector<Index> all(static_cast<std::size_t>(z_.local_rows()));
  std::iota(all.begin(), all.end(), Index{0});
  assign(all, RowMatrix::Ones(groups_.count(), clusters()));
  count(all, 1, sums_);
  mpi::all_reduce(comm_, std::span<Index>(sums_), mpi::Reduction::sum);
  sum_points();
  evaluate();
}

void SoftClusters::set_points(DistributedMatrix points) {
  z_ = std::move(points);
  sum_points();
}

void SoftClusters::update() {
  center();
  scale();
  const auto rows = parts_of(z_, options_.seed, round_++);
  std::vector<Index> change(sums_.size(), 0);
  for (const auto& part : rows) {
    count(part, -1, change);  // of this part before, besides those of the last part after
    mpi::all_reduce(comm_, std::span<Index>(change), mpi::Reduction::sum);
    for (std::size_t i = 0; i < change.size(); ++i) sums_[i] += change[i];
    assign(part, diversity_factors());
    std::ranges::fill(change, 0);
    count(part, 1, change);
  }
  mpi::all_reduce(comm_, std::span<Index>(change), mpi::Reduction::sum);
  for (std::size_t i = 0; i < change.size(); ++i) sums_[i] += change[i];
  sum_points();
  evaluate();
}

/// scale_ik = exp((2 / sigma) (y_k z_i - max over k)).
void SoftClusters::scale() {
  const float steepness = static_cast<float>(2 / options_.sigma);
  for_each_block(z_, [&](Index begin, Index rows) {
    auto block = scale_.middleRows(begin, rows);
    block.noalias() = z_.local.middleRows(begin, rows) * centers_.transpose();
    for (Index i = 0; i < rows; ++i) {
      float* row = &block(i, 0);
      const float largest = block.row(i).maxCoeff();
      for (Index k = 0; k < clusters(); ++k) row[k] = exponential(steepness * (row[k] - largest));
    }
  });
}

/// R of these rows: scale times the factor of the row's group (G x K), normalized; and sum_k R log R.
void SoftClusters::assign(const std::vector<Index>& rows, const RowMatrix& factors) {
  constexpr float smallest = 1e-37f;
  for (const Index i : rows) {
    const float* scale = &scale_(i, 0);
    const float* factor = &factors(groups_.local[static_cast<std::size_t>(i)], 0);
    float* r = &r_(i, 0);
    float sum = 0;
    for (Index k = 0; k < clusters(); ++k) sum += r[k] = scale[k] * factor[k];
    const float inverse = 1 / sum;
    float entropy = 0;
    for (Index k = 0; k < clusters(); ++k) {
      r[k] *= inverse;
      entropy += r[k] * logarithm(std::max(r[k], smallest));
    }
    entropy_[static_cast<std::size_t>(i)] = entropy;
  }
}

double SoftClusters::cells(Index cluster, Index group) const {
  return static_cast<double>(sums_[static_cast<std::size_t>(group * clusters() + cluster)]) / unit_;
}

double SoftClusters::cells(Index cluster) const {
  double sum = 0;
  for (Index group = 0; group < groups_.count(); ++group) sum += cells(cluster, group);
  return sum;
}

/// O: cells of each level in each cluster, B x K.
RowMatrixD SoftClusters::observed() const {
  RowMatrixD cells_of = RowMatrixD::Zero(groups_.levels, clusters());
  for (Index group = 0; group < groups_.count(); ++group) {
    for (const Index level : groups_.levels_of[static_cast<std::size_t>(group)]) {
      for (Index k = 0; k < clusters(); ++k) cells_of(level, k) += cells(k, group);
    }
  }
  return cells_of;
}

/// E: the same if every cluster had all batches in proportion.
RowMatrixD SoftClusters::expected() const {
  const auto n = static_cast<double>(z_.rows());
  RowMatrixD cells_of(groups_.levels, clusters());
  for (Index k = 0; k < clusters(); ++k) {
    const double all = cells(k);
    for (Index b = 0; b < groups_.levels; ++b) cells_of(b, k) = all * groups_.cells[static_cast<std::size_t>(b)] / n;
  }
  return cells_of;
}

/// For each group and cluster, the sum over the group's levels of ((E + 1) / (O + 1))^theta.
RowMatrix SoftClusters::diversity_factors() const {
  RowMatrixD of_level = ((expected().array() + 1) / (observed().array() + 1)).matrix();
  for (Index b = 0; b < groups_.levels; ++b) {
    const double theta = theta_[static_cast<std::size_t>(b)];
    for (Index k = 0; k < clusters(); ++k) of_level(b, k) = std::pow(of_level(b, k), theta);
  }
  RowMatrix factors = RowMatrix::Zero(groups_.count(), clusters());
  for (Index group = 0; group < groups_.count(); ++group) {
    for (const Index level : groups_.levels_of[static_cast<std::size_t>(group)]) {
      factors.row(group) += of_level.row(level).cast<float>();
    }
  }
  return factors;
}

/// Adds R of these rows, times the sign, to sums of fixed point.
void SoftClusters::count(std::span<const Index> rows, Index sign, std::vector<Index>& sums) const {
  for (const Index i : rows) {
    Index* sum = &sums[static_cast<std::size_t>(groups_.local[static_cast<std::size_t>(i)] * clusters())];
    const float* r = &r_(i, 0);
    for (Index k = 0; k < clusters(); ++k) sum[k] += sign * static_cast<Index>(static_cast<double>(r[k]) * unit_);
  }
}

void SoftClusters::sum_points() {
  const Index d = z_.columns();
  mpi::FixedPointSum sum(static_cast<double>(z_.partition.block_size()), clusters() * d, z_.partition.blocks());
  for_each_block(z_, [&](Index begin, Index rows) {
    const RowMatrix product = r_.middleRows(begin, rows).transpose() * z_.local.middleRows(begin, rows);
    const RowMatrixD partial = product.cast<double>();
    sum.add({partial.data(), static_cast<std::size_t>(partial.size())});
  });
  const auto total = sum.reduce(comm_);
  moments_ = Eigen::Map<const RowMatrixD>(total.data(), clusters(), d);
}

void SoftClusters::center() {
  RowMatrixD centers = moments_;
  centers.rowwise().normalize();
  centers_ = centers.cast<float>();
}

void SoftClusters::evaluate() {
  const auto n = static_cast<double>(z_.rows());
  const double distances = 2 * n - 2 * moments_.cwiseProduct(centers_.cast<double>()).sum();
  std::vector<double> partials;
  for_each_block(z_, [&](Index begin, Index rows) {
    const auto first = entropy_.begin() + begin;
    partials.push_back(std::accumulate(first, first + rows, 0.0));
  });
  const double entropy = mpi::reproducible_sum(comm_, partials, z_.partition.blocks());
  const RowMatrixD o = observed(), e = expected();
  double mixing = 0;
  for (Index b = 0; b < groups_.levels; ++b) {
    for (Index k = 0; k < clusters(); ++k) {
      mixing += o(b, k) * theta_[static_cast<std::size_t>(b)] * std::log((o(b, k) + 1) / (e(b, k) + 1));
    }
  }
  objective_ = distances + options_.sigma * (entropy + mixing);
}

}  // namespace replearn::harmony
