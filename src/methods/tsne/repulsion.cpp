#include "methods/tsne/repulsion.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "methods/tsne/repulsion_barnes_hut.hpp"

namespace replearn::tsne {
namespace {

/// Maximum grid size; in a wider map all points are far apart, and a grid is not worth its memory.
constexpr Index max_plane_length = 4096, max_line_length = Index{1} << 24;

// Measured nanoseconds of one core with AVX-512, used only to choose the method. Constants, since a choice by timing
// would vary between runs.
constexpr double per_pair = 0.085;                            // exact
constexpr double per_point_of_grid = 23, per_flop = 0.033;    // fft
constexpr double per_place_in_tree = 2, per_interaction = 6;  // barnes_hut
constexpr double any_dof = 4;                                 // cost factor per pair if dof is not 1

double exact_cost(Index n) {
  return per_pair * static_cast<double>(n) * static_cast<double>(n);
}

double fft_cost(Index n, Index q, const Grid& grid) {
  const double length = static_cast<double>(grid.length);
  const double lines = q == 1 ? 1 : 9.0 / 2 * static_cast<double>(grid.nodes);
  return per_point_of_grid * static_cast<double>(n) + per_flop * 5 * lines * length * std::log2(length);
}

double tree_cost(Index n, double theta) {
  const double count = static_cast<double>(n);
  return count * std::log2(count) * (per_place_in_tree + per_interaction / std::max(theta, 1e-9));
}

const char* name_of(RepulsionMethod method) {
  switch (method) {
    case RepulsionMethod::barnes_hut:
      return "with a Barnes-Hut tree";
    case RepulsionMethod::fft:
      return "by interpolation on a grid";
    default:
      return "over all pairs";
  }
}

}  // namespace

RepulsionSolver::RepulsionSolver(const mpi::Communicator& comm, const RowPartition& partition, const Options& options,
                                 const Log& log)
    : comm_(comm), partition_(partition), options_(options), log_(log) {
  if (options.dimensions <= 2) fft_.emplace(comm, partition, options.dimensions, options.dof);
}

RepulsionMethod RepulsionSolver::choose(const Grid& grid) const {
  const Index n = partition_.rows(), q = options_.dimensions;
  const bool may_grid = q <= 2 && grid.length <= (q == 1 ? max_line_length : max_plane_length);
  const bool may_tree = q == 2 || q == 3;
  switch (options_.repulsion) {
    case RepulsionMethod::exact:
    case RepulsionMethod::barnes_hut:
      return options_.repulsion;
    case RepulsionMethod::fft:
      return may_grid ? RepulsionMethod::fft : may_tree ? RepulsionMethod::barnes_hut : RepulsionMethod::exact;
    case RepulsionMethod::automatic:
      break;
  }
  RepulsionMethod best = RepulsionMethod::exact;
  const double longer = options_.dof == 1 ? 1 : any_dof;
  double cost = longer * exact_cost(n);
  const auto consider = [&](RepulsionMethod method, double its_cost) {
    if (its_cost < cost) {
      best = method;
      cost = its_cost;
    }
  };
  if (may_tree) consider(RepulsionMethod::barnes_hut, longer * tree_cost(n, options_.theta));
  if (may_grid) consider(RepulsionMethod::fft, fft_cost(n, q, grid));
  return best;
}

void RepulsionSolver::compute_repulsion(const MapView& points, Repulsion& result) {
  const Extent extent = extent_of(points);
  const Grid grid = fit_grid(extent.width, kernel_spacing(options_.grid_spacing, options_.dof));
  const RepulsionMethod method = choose(grid);
  if (method != logged_method_) {
    log_.line(fmt::format("t-SNE: repulsion {}", name_of(method)));
    logged_method_ = method;
  }
  if (method == RepulsionMethod::fft) {
    fft_->compute_repulsion(points, extent, grid, result);
  } else if (method == RepulsionMethod::barnes_hut) {
    compute_repulsion_by_tree(comm_, partition_, points, options_.theta, result, options_.dof);
  } else {
    result = repulsion(comm_, partition_, points, options_.dof);
  }
}

}  // namespace replearn::tsne
