#pragma once
#include "methods/tsne/grid.hpp"
#include "numerics/aligned_array.hpp"

/// What a grid of B-splines must convolve its charges with, so that between points, not nodes, the potentials come out
/// as near as they can to
///
///     w(r) = 1 / (1 + r^2)^dof      for Z
///     r_k w(r) / (1 + r^2)          for the forces, k = 1 .. q
///
/// In frequencies (in nodes) the spectrum of least mean square error over all places of two points is (Hockney and
/// Eastwood 1988, "Computer simulation using particles", section 8-3-3, for their energy, U the splines' transform)
///
///     G(f) = sum_m K(f + m) U(f + m)^2 / (sum_m U(f + m)^2)^2,      U(f) = sinc(f)^6
///
/// The sums over aliases m: that of K over the first ones, from a kernel sampled twice as densely as the grid; the
/// splines' own over many.
namespace replearn::tsne {

/// Spectra: for each frequency in [first, end) of the second direction those in [0, length / 2] of the first. They are
/// divided by length^2, which transforms there and back multiply by. Those of forces are to be multiplied by i. In the
/// first direction z and y are even, x is odd.
struct PlaneKernel {
  AlignedArray<float> z, x, y;
};
/// Local. Cost: three transforms of (length + 1)^2 numbers, as much as some twenty iterations.
PlaneKernel plane_kernel(const Grid& grid, double dof, Index first, Index end);

/// The same on a line: frequencies [0, length / 2].
struct LineKernel {
  AlignedArray<float> z, x;
};
LineKernel line_kernel(const Grid& grid, double dof);

}  // namespace replearn::tsne
