#pragma once
#include <span>
#include <vector>

namespace replearn::preprocess {

/// A local regression at the points it was fitted to.
struct LoessFit {
  std::vector<double> fitted;  ///< one entry per point
  int vertices = 0;            ///< number of local regressions
  int singular = 0;            ///< of these, those that the points do not determine: the smallest solution is used
  double singular_at = 0;      ///< x of the first of them
};

/// Why a fit is not possible; thrown by loess.
enum class LoessFault { few_points, equal_points };

/// Local regression of y on x by polynomials of degree 2, with the results of the loess of Cleveland and Grosse
/// ("Computational methods for local regression", Statistics and Computing 1, 1991) with its defaults: surface by
/// interpolation, cell 0.2, family gaussian. R's loess and skmisc.loess are that program.
///
///   k-d tree    In one dimension, an interval is cut at its median point as long as it holds more than
///               floor(0.2 span n) points. Equal points stay on one side: the cut moves to the nearest change of x.
///   vertices    At each cut and just outside of both ends, a quadratic is fitted to the q = floor(span n + 1e-5)
///               nearest points with tricube weights (1 - |d / h|^3)^3, where h is the distance of the q-th.
///   blending    Between two vertices the curve is the cubic with their values and slopes.
///
/// 0 < span <= 1. Throws LoessFault if q < 4, or if the q nearest points of a vertex all lie on it. Local;
/// O(n log n + q / span).
LoessFit loess(std::span<const double> x, std::span<const double> y, double span);

}  // namespace replearn::preprocess
