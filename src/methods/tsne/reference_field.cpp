#include "methods/tsne/reference_field.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "methods/tsne/elementary.hpp"
#include "methods/tsne/grid.hpp"
#include "mpi/collectives.hpp"

namespace replearn::tsne {
namespace {

constexpr double spacing = 0.2;  // spacing of the nodes
constexpr Index order = 6, fields = 4;
/// Margin around the reference; points outside it are computed without a table.
constexpr float padding = 5;
/// Maximum table size; larger ones are not worth their memory.
constexpr double max_nodes = 16e6;

/// Lagrange polynomials through the nodes -2 .. 3, at t in [0, 1).
void lagrange(float t, float* weights) {
  constexpr float scale[order] = {-1.0f / 120, 1.0f / 24, -1.0f / 12, 1.0f / 12, -1.0f / 24, 1.0f / 120};
  for (Index a = 0; a < order; ++a) {
    float weight = scale[a];
    for (Index b = 0; b < order; ++b) weight *= b == a ? 1.0f : t - static_cast<float>(b - 2);
    weights[a] = weight;
  }
}

}  // namespace

ReferenceField::ReferenceField(const mpi::Communicator& comm, const RowMatrix& reference, double queries, double dof)
    : q_(reference.cols()),
      points_(reference.rows()),
      dof_(dof),
      spacing_(static_cast<float>(kernel_spacing(spacing, dof))),
      map_(reference) {
  if (q_ > 2 || points_ == 0) return;
  const Extent extent = extent_of(reference);
  const double side =
      std::ceil((extent.width + 2 * static_cast<double>(padding)) / static_cast<double>(spacing_)) + order;
  const double all = q_ == 1 ? side : side * side;
  if (!(all < queries) || all > max_nodes)
    return;  // depends only on these numbers, hence the same on any number of ranks
  nodes_ = static_cast<Index>(side);
  for (const float low : extent.low) low_.push_back(low - padding);
  tabulate(comm);
}

void ReferenceField::tabulate(const mpi::Communicator& comm) {
  const RowPartition all(q_ == 1 ? nodes_ : nodes_ * nodes_, comm.shares());
  std::vector<float> mine(all.count(comm.rank()) * fields, 0.0f);
  for (Index node = all.begin(comm.rank()); node < all.end(comm.rank()); ++node) {
    const Index position[2] = {q_ == 1 ? node : node / nodes_, node % nodes_};
    float y[2] = {};
    for (Index k = 0; k < q_; ++k) y[k] = low_[k] + spacing_ * static_cast<float>(position[k]);
    double force[2] = {};
    float* to = mine.data() + (node - all.begin(comm.rank())) * fields;
    to[0] = static_cast<float>(sum_over_points(y, force));
    for (Index k = 0; k < q_; ++k) to[1 + k] = static_cast<float>(force[k]);
  }
  table_.resize(all.rows() * fields);
  mpi::all_gather_into(comm, std::span<const float>(mine), std::span<float>(table_), all.counts(fields));
}

template <bool any_dof>
double ReferenceField::sum_over_points_with(const float* y, double* force) const {
  std::fill(force, force + q_, 0.0);
  double z = 0;
  std::array<float, stretch> weights;
  float* w = weights.data();
  const auto dof = static_cast<float>(dof_);
  for (Index start = 0; start < map_.padded(); start += stretch) {
    const Index count = std::min(stretch, map_.padded() - start);
    std::fill(w, w + count, 1.0f);
    for (Index k = 0; k < q_; ++k) {
      const float* column = map_.column(k) + start;
#pragma omp simd
      for (Index j = 0; j < count; ++j) w[j] += (y[k] - column[j]) * (y[k] - column[j]);
    }
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (Index j = 0; j < count; ++j) {
      const float inverse = 1.0f / w[j];
      const float share = any_dof ? (inverse > 0 ? inverse_power(w[j], dof) : 0.0f) : inverse;
      sum += share;
      w[j] = share * inverse;
    }
    z += static_cast<double>(sum);
    for (Index k = 0; k < q_; ++k) {
      const float* column = map_.column(k) + start;
      float component = 0;
#pragma omp simd reduction(+ : component)
      for (Index j = 0; j < count; ++j) component += w[j] * (y[k] - column[j]);
      force[k] += static_cast<double>(component);
    }
  }
  return z;
}

double ReferenceField::sum_over_points(const float* y, double* force) const {
  return dof_ == 1 ? sum_over_points_with<false>(y, force) : sum_over_points_with<true>(y, force);
}

/// The first node around y and the interpolation weights; false outside the table.
bool ReferenceField::locate(const float* y, Index* node, float (*weights)[order]) const {
  for (Index k = 0; k < q_; ++k) {
    const float at = (y[k] - low_[k]) / spacing_;
    if (!(at >= 2) || at >= static_cast<float>(nodes_ - 4)) return false;
    node[k] = static_cast<Index>(at) - 2;
    lagrange(at - static_cast<float>(node[k] + 2), weights[k]);
  }
  return true;
}

double ReferenceField::at(const float* y, double* force) const {
  Index node[2] = {};
  float weights[2][order];
  if (nodes_ == 0 || !locate(y, node, weights)) return sum_over_points(y, force);
  std::array<float, fields * order> sums{};
  const float* corner = table_.data() + fields * (q_ == 1 ? node[0] : node[0] * nodes_ + node[1]);
  const float once[order] = {1};
  const float* across = q_ == 1 ? once : weights[0];
  for (Index a = 0; a < (q_ == 1 ? 1 : order); ++a) {
    const float* row = corner + a * fields * nodes_;
#pragma omp simd
    for (Index at = 0; at < fields * order; ++at) sums[at] += across[a] * row[at];
  }
  const float* along = q_ == 1 ? weights[0] : weights[1];
  std::array<double, fields> values{};
  for (Index b = 0; b < order; ++b) {
    for (std::size_t field = 0; field < fields; ++field) {
      values[field] += static_cast<double>(along[b] * sums[static_cast<std::size_t>(b * fields) + field]);
    }
  }
  for (Index k = 0; k < q_; ++k) force[k] = values[1 + k];
  return values[0];
}

}  // namespace replearn::tsne
