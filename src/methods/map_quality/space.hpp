#pragma once
#include <compare>
#include <span>
#include <vector>

#include "data/distributed_matrix.hpp"
#include "methods/map_quality/panels.hpp"
#include "numerics/shared_rows.hpp"

namespace replearn::map_quality {

/// One representation of the cells: the original data or a map. Holds the rows of all ranks, once per node.
class Space {
 public:
  /// x: n x d, any d >= 1. All ranks. Throws InputError if a value is not finite. Memory: 4 n d bytes per node.
  Space(const mpi::Communicator& comm, const DistributedMatrix& x);

  Index rows() const { return rows_.rows(); }
  Index columns() const { return rows_.columns(); }
  const Frame& frame() const { return frame_; }
  /// |x_i - x_j|^2 in float64 from the float32 coordinates, which decides every order of distances here. Local.
  double square(Index i, Index j) const;
  /// The same for all j, one entry per row. Local. Cost: 3 n d flops.
  void squares(Index i, std::vector<double>& to) const;
  /// A row in float32. Local.
  const float* row(Index i) const { return rows_.row(i); }
  /// Root mean square of |x_i - x_j| over all pairs of rows. Local, equal on all ranks. Cost: 3 n d flops.
  double root_mean_square_distance() const;
  /// Rows [begin, begin + count) laid out for distances(). Local.
  PanelRows panel_rows(Index begin, Index count) const { return rows_.build_panels(begin, count); }
  /// The same for given rows.
  PanelRows panel_rows(std::span<const Index> rows) const { return rows_.build_panels(rows); }
  /// Distances between the rows of two panels, accurate to float32 rounding: out[i * PanelRows::panel + j]. Local.
  void distances(const PanelRows& a, Index a_panel, const PanelRows& b, Index b_panel, float* out) const {
    rows_.measure(a, a_panel, 0, b, b_panel, 0, out, PanelRows::panel);
  }
  /// Rows [begin, begin + count) laid out for pair_scores. Local.
  Panels panels(Index begin, Index count) const { return {frame_, rows_.row(begin), count, columns()}; }

 private:
  SharedRows rows_;
  Frame frame_;
};

/// Another row and its squared distance. Neighbors are ordered by distance, then by index, as by a stable sort.
struct Neighbor {
  double square = 0;
  Index row = 0;
  auto operator<=>(const Neighbor&) const = default;
};

/// Neighbors of each local row: those of row i are all[offsets[i]] to all[offsets[i + 1] - 1].
struct NeighborLists {
  std::vector<Index> offsets{0};
  std::vector<Neighbor> all;
  Index rows() const { return static_cast<Index>(offsets.size()) - 1; }
  std::span<const Neighbor> of(Index i) const {
    return {all.data() + offsets[i], static_cast<std::size_t>(offsets[i + 1] - offsets[i])};
  }
};

}  // namespace replearn::map_quality
