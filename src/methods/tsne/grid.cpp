#include "methods/tsne/grid.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "methods/tsne/fourier.hpp"
#include "methods/tsne/spline.hpp"

namespace replearn::tsne {
namespace {

/// Lengths of fast transforms, about 15 % apart.
Index ladder_length(Index at_least) {
  Index length = 128;
  while (length < at_least) length = fourier::fast_length(length + length / 8);
  return length;
}

}  // namespace

Grid fit_grid(double width, double spacing) {
  constexpr double fewest = 48;
  Grid grid{spacing, 0, 0};
  if (width < fewest * spacing) {
    // The square of the smallest float is 0; for smaller extents any grid will do.
    const double wanted = std::max(width, 1e-30) / fewest;
    grid.spacing = std::exp2(std::floor(2 * std::log2(wanted)) / 2);
  }
  if (!(width / grid.spacing < 1e8)) {
    grid.length = std::numeric_limits<Index>::max();
    return grid;
  }
  const auto needed = static_cast<Index>(width / grid.spacing) + 2 + spline::lanes;
  grid.length = ladder_length(2 * needed + Grid::margin);
  grid.nodes = (grid.length - Grid::margin) / 2;
  return grid;
}

double kernel_spacing(double spacing, double dof) {
  return dof > 1 ? spacing / std::sqrt(dof) : spacing;
}

Extent extent_of(const MapView& points) {
  Extent extent{std::vector<float>(static_cast<std::size_t>(points.cols())), 0};
  const auto low = points.colwise().minCoeff().eval(), high = points.colwise().maxCoeff().eval();
  for (Index k = 0; k < points.cols(); ++k) {
    extent.low[k] = low(k);
    extent.width = std::max(extent.width, static_cast<double>(high(k)) - static_cast<double>(low(k)));
  }
  return extent;
}

}  // namespace replearn::tsne
