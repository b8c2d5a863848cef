#include "methods/preprocess/loess.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

namespace replearn::preprocess {
namespace {

using Positions = std::ptrdiff_t;
constexpr double cell_fraction = 0.2;  // of the points of a local regression: a cell with fewer is not cut
constexpr double margin = 0.005;       // of the range of x, between the outer vertices and the outer points
constexpr int terms = 3;               // of a quadratic

/// The points in ascending order of x.
struct SortedPoints {
  std::vector<double> x, y;
};

/// The last point of the left half when points [first, last] are cut in the middle. If the two at the cut are equal,
/// the search alternates between both sides for the nearest place where x changes, and ends at the side that is
/// exhausted first: there the cut stays in the middle.
Positions cut_position(const std::vector<double>& x, Positions first, Positions last) {
  const Positions middle = first + (last - first) / 2;
  for (Positions offset = 0; middle + offset < last && middle + offset >= first;) {
    const auto at = static_cast<std::size_t>(middle + offset);
    if (x[at] != x[at + 1]) return middle + offset;
    offset = offset > 0 ? -offset : 1 - offset;
  }
  return middle;
}

/// Adds the cuts of the cell between the vertices low and high, which holds the points [first, last].
void cut_cell(const std::vector<double>& x, Positions first, Positions last, double low, double high, Positions most,
              std::vector<double>& vertices) {
  if (last - first + 1 <= most) return;
  const Positions at = cut_position(x, first, last);
  const double cut = x[static_cast<std::size_t>(at)];
  if (cut == low || cut == high) return;
  vertices.push_back(cut);
  cut_cell(x, first, at, low, cut, most, vertices);
  cut_cell(x, at + 1, last, cut, high, most, vertices);
}

std::vector<double> vertices_of(const std::vector<double>& x, double span) {
  const double low = x.front(), high = x.back();
  const double widest = std::max(high - low, 1e-10 * std::max(std::abs(low), std::abs(high)) + 1e-30);
  std::vector<double> vertices{low - margin * widest, high + margin * widest};
  const auto n = static_cast<double>(x.size());
  const auto most = static_cast<Positions>(std::floor(n * (span * cell_fraction)));
  cut_cell(x, 0, static_cast<Positions>(x.size()) - 1, vertices[0], vertices[1], most, vertices);
  std::sort(vertices.begin(), vertices.end());
  return vertices;
}

struct Vertex {
  double value = 0, slope = 0;
  bool is_singular = false;
};

/// The quadratic at `center`, fitted to its q nearest points.
Vertex fit_at(double center, const SortedPoints& points, std::size_t q) {
  const auto& x = points.x;
  // The q nearest are consecutive: the window moves up as long as the point after it is no farther than its first.
  std::size_t first = 0;
  while (first + q < x.size() && std::abs(x[first + q] - center) <= std::abs(x[first] - center)) ++first;
  const double farthest = std::max(std::abs(x[first] - center), std::abs(x[first + q - 1] - center));
  if (!(farthest > 0)) throw LoessFault::equal_points;

  Eigen::MatrixXd design(static_cast<Eigen::Index>(q), terms);
  Eigen::VectorXd target(static_cast<Eigen::Index>(q));
  for (std::size_t i = 0; i < q; ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    const double d = x[first + i] - center, relative = std::abs(d) / farthest;
    const double rest = std::max(0.0, 1 - relative * relative * relative);
    const double weight = std::sqrt(rest * rest * rest);
    design.row(row) << weight, weight * d, weight * d * d;
    target[row] = weight * points.y[first + i];
  }
  // Columns of length 1 make the rank independent of the unit of x.
  Eigen::Vector3d length = design.colwise().norm();
  for (int j = 0; j < terms; ++j) {
    if (length[j] > 0) {
      design.col(j) /= length[j];
    } else {
      length[j] = 1;
    }
  }
  const Eigen::HouseholderQR<Eigen::MatrixXd> factored(design);
  target.applyOnTheLeft(factored.householderQ().adjoint());
  const Eigen::Matrix3d triangle = factored.matrixQR().topRows<terms>().triangularView<Eigen::Upper>();
  const Eigen::JacobiSVD<Eigen::Matrix3d> svd(triangle, Eigen::ComputeFullU | Eigen::ComputeFullV);
  const auto& sigma = svd.singularValues();
  const double smallest = sigma[0] * 100 * std::numeric_limits<double>::epsilon();
  Eigen::Vector3d solution = svd.matrixU().transpose() * target.head<terms>();
  for (int j = 0; j < terms; ++j) solution[j] = sigma[j] > smallest ? solution[j] / sigma[j] : 0.0;
  solution = svd.matrixV() * solution;
  return {solution[0] / length[0], solution[1] / length[1], sigma[terms - 1] <= smallest};
}

/// The cubic with the values and slopes of both vertices (Hermite).
double blend(double x, double low, double high, const Vertex& a, const Vertex& b) {
  const double width = high - low, h = (x - low) / width, g = 1 - h;
  return g * g * (1 + 2 * h) * a.value + h * h * (3 - 2 * h) * b.value +
         (h * g * g * a.slope - h * h * g * b.slope) * width;
}

}  // namespace

LoessFit loess(std::span<const double> x, std::span<const double> y, double span) {
  const std::size_t n = x.size();
  const auto q =
      static_cast<std::size_t>(std::min(static_cast<double>(n), std::floor(static_cast<double>(n) * span + 1e-5)));
  if (q <= terms) throw LoessFault::few_points;
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return x[a] < x[b]; });
  SortedPoints points;
  for (const auto i : order) {
    points.x.push_back(x[i]);
    points.y.push_back(y[i]);
  }

  const auto at = vertices_of(points.x, span);
  LoessFit fit{std::vector<double>(n), static_cast<int>(at.size()), 0, 0};
  std::vector<Vertex> vertices;
  for (const double center : at) {
    vertices.push_back(fit_at(center, points, q));
    if (vertices.back().is_singular && fit.singular++ == 0) fit.singular_at = center;
  }
  for (std::size_t i = 0; i < n; ++i) {
    const auto high = std::clamp<std::ptrdiff_t>(std::lower_bound(at.begin(), at.end(), x[i]) - at.begin(), 1,
                                                 static_cast<std::ptrdiff_t>(at.size()) - 1);
    const auto b = static_cast<std::size_t>(high), a = b - 1;
    fit.fitted[i] = blend(x[i], at[a], at[b], vertices[a], vertices[b]);
  }
  return fit;
}

}  // namespace replearn::preprocess
