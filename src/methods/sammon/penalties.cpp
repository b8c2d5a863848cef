#include "methods/sammon/penalties.hpp"

#include <fmt/core.h>

#include <cmath>

#include "base/error.hpp"
#include "base/log.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::sammon {
namespace {

/// Below this fraction of l the direction from a push's members to the others is undefined; the cost is smoothed there.
constexpr double min_separation = 1e-3;

}  // namespace

/// Sums over all rows, bitwise identical on any number of ranks. value(row, to) adds the terms of one local row.
template <class Value>
std::vector<double> Penalties::sums(Index width, Value value) const {
  const Index first = partition_.begin(comm_->rank());
  std::vector<double> partials;
  for (Index b = partition_.first_block(comm_->rank()); b < partition_.end_block(comm_->rank()); ++b) {
    partials.resize(partials.size() + static_cast<std::size_t>(width), 0.0);
    double* to = partials.data() + partials.size() - static_cast<std::size_t>(width);
    for (Index i = partition_.block_begin(b); i < partition_.block_end(b); ++i) value(i - first, to);
  }
  return mpi::reproducible_sum(*comm_, partials, width, partition_.blocks());
}

Penalties::Penalties(const mpi::Communicator& comm, const RowPartition& partition, PenaltyTerms terms)
    : comm_(&comm), partition_(partition), terms_(std::move(terms)) {
  for (const Pull& pull : terms_.pulls) pull_counts_.push_back(static_cast<double>(count_pulled(comm, pull)));
  for (const Pull& push : terms_.pushes) {
    const Index members = count_members(comm, push, "--push");
    if (members == 0 || members == partition_.rows()) {
      throw InputError("", "--push " + push.name, members == 0 ? "has no points" : "has all points",
                       "choose a label of some but not all points");
    }
    push_counts_.push_back(static_cast<double>(members));
  }
  if (!(terms_.l2 >= 0) || !std::isfinite(terms_.l2)) {
    throw InputError("", "--l2", fmt::format("is {:g}", terms_.l2), "choose 0 or a positive number");
  }
  if (mpi::all_reduce(comm, terms_.anchors.size(), mpi::Reduction::sum) == 0) return;
  const Index held = mpi::run_collectively(comm, [&] {
    Index mine = 0;
    for (Index i = 0; i < terms_.anchors.rows(); ++i) {
      const auto missing = terms_.anchors.row(i).array().isNaN().count();
      if (missing == 0) ++mine;
      if ((missing != 0 && missing != terms_.anchors.cols()) || terms_.anchors.row(i).array().isInf().any()) {
        throw InputError("", "--anchor-points",
                         "row " + std::to_string(partition.begin(comm.rank()) + i) + " is neither a point nor all NaN",
                         "set all coordinates, or NaN for a free point");
      }
    }
    return mine;
  });
  if (mpi::all_reduce(comm, held, mpi::Reduction::sum) == partition.rows()) {
    throw InputError("", "--anchor-points", "leave no point free", "use NaN for free points");
  }
}

void Penalties::put_anchors(RowMatrixD& y) const {
  for (Index i = 0; i < terms_.anchors.rows(); ++i) {
    if (std::isnan(terms_.anchors(i, 0))) continue;
    y.row(i).setZero();
    y.row(i).head(terms_.anchors.cols()) = terms_.anchors.row(i).cast<double>();
  }
}

void Penalties::hold_anchors(RowMatrixD& step) const {
  for (Index i = 0; i < terms_.anchors.rows(); ++i) {
    if (!std::isnan(terms_.anchors(i, 0))) step.row(i).setZero();
  }
}

std::vector<std::uint8_t> Penalties::anchored_points() const {
  if (mpi::all_reduce(*comm_, int{anchored()}, mpi::Reduction::max) == 0) return {};
  std::vector<std::uint8_t> mine(partition_.count(comm_->rank()), 0);
  for (Index i = 0; i < terms_.anchors.rows(); ++i) mine[i] = !std::isnan(terms_.anchors(i, 0));
  return mpi::all_gather_v(*comm_, mine);
}

RowMatrixD Penalties::means_of(const std::vector<Pull>& groups, const std::vector<double>& counts,
                               const RowMatrixD& y) const {
  const Index q = y.cols();
  const auto found = sums(q * static_cast<Index>(groups.size()), [&](Index row, double* to) {
    for (const Pull& group : groups) {
      if (group.members[row]) {
        for (Index p = 0; p < q; ++p) to[p] += y(row, p);
      }
      to += q;
    }
  });
  RowMatrixD means(static_cast<Index>(groups.size()), q);
  for (Index k = 0; k < means.size(); ++k) {
    means.data()[k] = found[k] / counts[k / q];
  }
  return means;
}

std::vector<double> Penalties::pulled_distances(const RowMatrixD& y) const {
  if (terms_.pulls.empty()) return {};
  const RowMatrixD means = means_of(terms_.pulls, pull_counts_, y);
  auto squares = sums(means.rows(), [&](Index row, double* to) {
    for (Index k = 0; k < means.rows(); ++k) {
      if (terms_.pulls[k].members[row]) {
        to[k] += (y.row(row) - means.row(k)).squaredNorm();
      }
    }
  });
  for (std::size_t k = 0; k < squares.size(); ++k) squares[k] = std::sqrt(2 * squares[k] / (pull_counts_[k] - 1));
  return squares;
}

std::vector<double> Penalties::pushed_distances(const RowMatrixD& y) const {
  if (terms_.pushes.empty()) return {};
  const double n = static_cast<double>(partition_.rows());
  const RowMatrixD means = means_of(terms_.pushes, push_counts_, y);
  const auto all = sums(y.cols(), [&](Index row, double* to) {
    for (Index p = 0; p < y.cols(); ++p) to[p] += y(row, p);
  });
  const Eigen::Map<const Eigen::RowVectorXd> total(all.data(), y.cols());
  std::vector<double> distances;
  for (Index k = 0; k < means.rows(); ++k) {
    const double members = push_counts_[k];
    distances.push_back((means.row(k) - (total - members * means.row(k)) / (n - members)).norm());
  }
  return distances;
}

double Penalties::add(const RowMatrixD& y, double length, RowMatrixD& gradient, RowMatrixD* curvature) const {
  double cost = 0;
  const double n = static_cast<double>(partition_.rows()), square = length * length;
  if (!terms_.pulls.empty()) {
    const RowMatrixD means = means_of(terms_.pulls, pull_counts_, y);
    const auto distances = pulled_distances(y);
    for (std::size_t k = 0; k < terms_.pulls.size(); ++k) {
      const Pull& pull = terms_.pulls[k];
      cost += pull.weight * distances[k] * distances[k] / square;
      const double strength = 4 * pull.weight / ((pull_counts_[k] - 1) * square);
      for (Index i = 0; i < y.rows(); ++i) {
        if (!pull.members[i]) continue;
        gradient.row(i) += strength * (y.row(i) - means.row(static_cast<Index>(k)));
        if (curvature) curvature->row(i).array() += strength;
      }
    }
  }
  if (!terms_.pushes.empty()) {
    const RowMatrixD means = means_of(terms_.pushes, push_counts_, y);
    const auto all = sums(y.cols(), [&](Index row, double* to) {
      for (Index p = 0; p < y.cols(); ++p) to[p] += y(row, p);
    });
    const Eigen::Map<const Eigen::RowVectorXd> total(all.data(), y.cols());
    for (std::size_t k = 0; k < terms_.pushes.size(); ++k) {
      const Pull& push = terms_.pushes[k];
      const auto mean = means.row(static_cast<Index>(k));
      const double members = push_counts_[k], others = n - members;
      const Eigen::RowVectorXd way = mean - (total - members * mean) / others;
      const double distance = std::sqrt(way.squaredNorm() + std::pow(min_separation * length, 2));
      cost -= push.weight * distance / length;
      const Eigen::RowVectorXd force = push.weight / (length * distance) * way;
      for (Index i = 0; i < y.rows(); ++i) {
        if (push.members[i])
          gradient.row(i) -= force / members;
        else
          gradient.row(i) += force / others;
      }
    }
  }
  if (terms_.l2 > 0) {
    const double squares = sums(1, [&](Index row, double* to) { *to += y.row(row).squaredNorm(); })[0];
    const double strength = 2 * terms_.l2 / (n * square);
    cost += terms_.l2 * squares / (n * square);
    gradient += strength * y;
    if (curvature) curvature->array() += strength;
  }
  return cost;
}

}  // namespace replearn::sammon
