#pragma once
#include "data/distributed_matrix.hpp"
#include "methods/tsne/map_view.hpp"

namespace replearn::tsne {

/// The square (or, for q = 1, linear) grid over a map, a function of its width alone.
struct Grid {
  double spacing = 1;  ///< between nodes
  Index nodes = 0;     ///< a side, the splines' reach included
  Index length = 0;    ///< a side with the zeros that keep the two ends from meeting: at least 2 nodes + margin

  /// Beyond its last node a kernel is cut off. Where the map is small against 1 that is a step, and the splines'
  /// inverse carries it a few nodes further: so far that it is below float32's rounding.
  static constexpr Index margin = 48;
  bool operator==(const Grid&) const = default;
};

/// Nodes are `spacing` apart, or closer in a map so small that it would have fewer than 48: then by the power of
/// sqrt(2) that gives it 48 to 68. Lengths go in steps of some 15 %, so that a growing map changes them seldom. Of more
/// than 1e8 nodes a side, no grid: length is the largest there is.
Grid fit_grid(double width, double spacing);

/// Spacing in units of the kernel's 1 + d^2, see gradient.hpp, for one in units of the map: at more degrees of freedom
/// than 1 the kernel is narrower than that; at fewer its tails widen, not its middle.
double kernel_spacing(double spacing, double dof);

/// Least coordinates and the largest extent of all points. Local.
struct Extent {
  std::vector<float> low;  ///< q
  double width;
};
Extent extent_of(const MapView& points);

}  // namespace replearn::tsne
