#include "methods/tsne/grid_kernel.hpp"

#include <cmath>
#include <numbers>
#include <vector>

#include "methods/tsne/elementary.hpp"
#include "methods/tsne/fourier.hpp"
#include "methods/tsne/spline.hpp"

namespace replearn::tsne {
namespace {

using fourier::Parity;

/// U(f)^2, f in cycles per node.
double splines_squared(double f) {
  if (f == 0) return 1;
  const double angle = std::numbers::pi * f;
  return std::pow(std::sin(angle) / angle, 2 * static_cast<double>(spline::order));
}

/// For the frequency f = k / length of one direction, 0 <= k <= length / 2, the weights of K at f and at its nearest
/// alias f - 1: U^2 / (sum_m U^2)^2, halved since the kernel is sampled twice as densely.
struct Shares {
  std::vector<float> own, alias;  // length / 2 + 1
};
Shares shares_of(Index length) {
  Shares shares;
  for (Index k = 0; k <= length / 2; ++k) {
    const double f = static_cast<double>(k) / static_cast<double>(length);
    double sum = 0;
    for (int m = -4; m <= 4; ++m) sum += splines_squared(f + m);
    shares.own.push_back(static_cast<float>(splines_squared(f) / (2 * sum * sum)));
    shares.alias.push_back(static_cast<float>(splines_squared(f - 1) / (2 * sum * sum)));
  }
  return shares;
}

/// w, or the force divided by r, as a function of 1 + r^2.
float kernel_at(float square, float dof, bool force) {
  const float inverse = 1.0f / square;
  const float w = dof == 1.0f ? inverse : inverse_power(square, dof);
  return force ? w * inverse : w;
}

/// K sampled at half the spacing on the quarter [0, length] in both directions, and its transform.
AlignedArray<float> sampled(const Grid& grid, double dof, bool force) {
  const Index line = grid.length + 1;
  AlignedArray<float> values(line * line);
  const auto step = static_cast<float>(grid.spacing / 2);
  for (Index a = 0; a < (force ? grid.length : line); ++a) {
    const float x = static_cast<float>(a) * step;
    float* row = values.data() + a * line;
#pragma omp simd
    for (Index b = 0; b < line; ++b) {
      const float y = static_cast<float>(b) * step;
      row[b] = (force ? x : 1.0f) * kernel_at(1.0f + x * x + y * y, static_cast<float>(dof), force);
    }
  }
  fourier::transform_quarter(values.data(), grid.length, force ? Parity::odd : Parity::even, Parity::even);
  return values;
}

/// Sum over the aliases of frequencies (a, b). An odd kernel changes sign at the alias f - 1 in its direction.
float folded(const AlignedArray<float>& spectrum, const Shares& shares, Index length, Index a, Index b, float sign) {
  const auto value = [&](Index i, Index j) { return spectrum.data()[i * (length + 1) + j]; };
  const auto i = static_cast<std::size_t>(a), j = static_cast<std::size_t>(b);
  return shares.own[i] * (shares.own[j] * value(a, b) + shares.alias[j] * value(a, length - b)) +
         sign * shares.alias[i] *
             (shares.own[j] * value(length - a, b) + shares.alias[j] * value(length - a, length - b));
}

}  // namespace

PlaneKernel plane_kernel(const Grid& grid, double dof, Index first, Index end) {
  const Index length = grid.length, half = length / 2;
  PlaneKernel kernel;
  const Index tiles = ceil_div(end - first, fourier::lanes);
  for (auto* part : {&kernel.z, &kernel.x, &kernel.y}) part->resize(tiles * fourier::lanes * (half + 1));
  const Shares shares = shares_of(length);
  const float scale = 1 / (static_cast<float>(length) * static_cast<float>(length));
  const auto fill = [&](auto put) {
    for (Index b = first; b < end; ++b) {
      const Index tile = (b - first) / fourier::lanes, column = (b - first) % fourier::lanes;
      for (Index a = 0; a <= half; ++a) put(a, b, (tile * (half + 1) + a) * fourier::lanes + column);
    }
  };
  {
    const auto spectrum = sampled(grid, dof, false);
    fill([&](Index a, Index b, Index at) { kernel.z.data()[at] = scale * folded(spectrum, shares, length, a, b, 1); });
  }
  // The transform of an odd function is -i times the result of transform_quarter; the sign is included in the kernel.
  const auto spectrum = sampled(grid, dof, true);
  fill([&](Index a, Index b, Index at) {
    kernel.x.data()[at] = -scale * folded(spectrum, shares, length, a, b, -1);
    kernel.y.data()[at] = -scale * folded(spectrum, shares, length, b, a, -1);
  });
  return kernel;
}

LineKernel line_kernel(const Grid& grid, double dof) {
  const Index length = grid.length, half = length / 2;
  const Shares shares = shares_of(length);
  const auto step = static_cast<float>(grid.spacing / 2);
  LineKernel kernel;
  for (const bool force : {false, true}) {
    AlignedArray<float> values(length + 1);
    for (Index a = 0; a < (force ? length : length + 1); ++a) {
      const float x = static_cast<float>(a) * step;
      values.data()[a] = (force ? x : 1.0f) * kernel_at(1.0f + x * x, static_cast<float>(dof), force);
    }
    fourier::transform_half(values.data(), length, force ? Parity::odd : Parity::even);
    auto& part = force ? kernel.x : kernel.z;
    part.resize(half + 1);
    for (Index a = 0; a <= half; ++a) {
      const auto i = static_cast<std::size_t>(a);
      const float alias = shares.alias[i] * values.data()[length - a];
      part.data()[a] = force ? -(shares.own[i] * values.data()[a] - alias) : shares.own[i] * values.data()[a] + alias;
      part.data()[a] /= static_cast<float>(length);
    }
  }
  return kernel;
}

}  // namespace replearn::tsne
