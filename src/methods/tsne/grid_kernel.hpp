#pragma once
#include "methods/tsne/grid.hpp"
#include "numerics/aligned_array.hpp"

/// The kernels with which a grid of B-splines convolves its charges, optimized so that the interpolated potentials
/// between points (not nodes) are as close as possible to
///
///     w(r) = 1 / (1 + r^2)^dof      for Z
///     r_k w(r) / (1 + r^2)          for the forces, k = 1 .. q
///
/// In frequency space (per node), the spectrum with the least mean square error over all positions of two points is
/// (Hockney and Eastwood 1988, "Computer simulation using particles", section 8-3-3, for the energy; U is the transform
/// of the splines)
///
///     G(f) = sum_m K(f + m) U(f + m)^2 / (sum_m U(f + m)^2)^2,      U(f) = sinc(f)^6
///
/// The sum of K over aliases m covers the first ones, from a kernel sampled twice as densely as the grid; the sums over
/// the splines cover many.
namespace replearn::tsne {

/// Spectra at the frequencies [first, end) of the second direction and [0, length / 2] of the first: for eight of the
/// second after another, by frequency of the first.
/// They include the factor 1 / length^2 of a forward and backward transform. Force spectra are to be multiplied by i.
/// In the first direction z and y are even and x is odd.
struct PlaneKernel {
  AlignedArray<float> z, x, y;
};
/// Local. Cost: three transforms of (length + 1)^2 numbers, as much as about twenty iterations.
PlaneKernel plane_kernel(const Grid& grid, double dof, Index first, Index end);

/// Spectra on a line: frequencies [0, length / 2].
struct LineKernel {
  AlignedArray<float> z, x;
};
LineKernel line_kernel(const Grid& grid, double dof);

}  // namespace replearn::tsne
