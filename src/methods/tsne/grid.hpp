#pragma once
#include "data/distributed_matrix.hpp"
#include "methods/tsne/map_view.hpp"

namespace replearn::tsne {

/// The square grid (q = 2) or line of nodes (q = 1) over a map. It depends on the width of the map alone.
struct Grid {
  double spacing = 1;  ///< distance between nodes
  Index nodes = 0;     ///< nodes per side, including the support of the splines
  Index length = 0;    ///< nodes per side with zero padding against wrap-around: at least 2 nodes + margin

  /// The kernel is truncated beyond the last node. In a map that is small compared with the kernel width (1),
  /// truncation makes the kernel discontinuous, and the inverse of the spline filter spreads this error over a few
  /// nodes. The margin keeps it below float32 rounding.
  static constexpr Index margin = 48;
  bool operator==(const Grid&) const = default;
};

/// Fits a grid with nodes `spacing` apart. A map so small that it would have fewer than 48 nodes gets a spacing reduced
/// by a power of sqrt(2), giving 48 to 68 nodes. Lengths grow in steps of about 15 %, so that they rarely change while
/// the map grows. For more than 1e8 nodes per side there is no grid: length is the largest representable value.
Grid fit_grid(double width, double spacing);

/// Converts a spacing in units of the map to units of the kernel's 1 + d^2 (see gradient.hpp). With more than 1 degree
/// of freedom the kernel is narrower in those units; with fewer its tails widen, but not its center.
double kernel_spacing(double spacing, double dof);

/// Smallest coordinates and largest extent of all points. Local.
struct Extent {
  std::vector<float> low;  ///< q
  double width;
};
Extent extent_of(const MapView& points);

}  // namespace replearn::tsne
