#include "methods/neighbors/row_order.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace replearn::neighbors {
namespace {

using Direction = Eigen::RowVectorXf;

Direction main_direction(const RowMatrix& rows, std::span<const Index> group) {
  const auto size = static_cast<Index>(group.size()), sampled = std::min<Index>(size, 512);
  RowMatrix sample(sampled, rows.cols());
  for (Index s = 0; s < sampled; ++s) sample.row(s) = rows.row(group[s * size / sampled]);
  sample.rowwise() -= sample.colwise().mean().eval();
  // Squares of rows as large as 1e20 would overflow.
  const float largest = sample.cwiseAbs().maxCoeff();
  if (!(largest > 0)) return Direction::Zero(rows.cols());
  sample /= largest;
  Index farthest = 0;
  sample.rowwise().squaredNorm().maxCoeff(&farthest);
  Direction direction = sample.row(farthest);
  for (int step = 0; step < 4; ++step) {
    direction = (direction * sample.transpose() * sample).eval();
    direction.stableNormalize();
  }
  return direction;
}

struct Halving {
  const RowMatrix& rows;
  Index group;
  std::vector<float> heights;  // projection of each row on the main direction of its part

  /// Best split of the projections into two groups (largest between-group variance): the fraction of rows below it.
  double share_below_gap(std::span<const Index> part) const {
    const auto size = static_cast<Index>(part.size()), sampled = std::min<Index>(size, 512);
    std::vector<double> sample;
    for (Index s = 0; s < sampled; ++s) {
      sample.push_back(static_cast<double>(heights[part[s * size / sampled]]));
    }
    std::sort(sample.begin(), sample.end());
    const double total = std::accumulate(sample.begin(), sample.end(), 0.0);
    double below = 0, best = -1, share = 0.5;
    for (Index s = 1; s < sampled; ++s) {
      below += sample[s - 1];
      const double low = static_cast<double>(s), high = static_cast<double>(sampled - s);
      const double between = below / low - (total - below) / high;
      const double variance = low * high * between * between;
      if (variance > best) best = variance, share = low / static_cast<double>(sampled);
    }
    return share;
  }

  void halve(std::span<Index> part) {
    const auto size = static_cast<Index>(part.size());
    if (size <= group) return;
    const Direction direction = main_direction(rows, part);
    for (const Index row : part) {
      const float height = rows.row(row).dot(direction);
      heights[row] = std::isfinite(height) ? height : 0;  // NaN cannot be ordered
    }
    const double share = share_below_gap(part);
    const Index groups = ceil_div(size, group);
    const auto middle = static_cast<std::size_t>(
        std::clamp<Index>(std::lround(share * static_cast<double>(size) / static_cast<double>(group)), 1, groups - 1) *
        group);
    std::nth_element(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(middle), part.end(),
                     [&](Index a, Index b) { return heights[a] < heights[b]; });
    halve(part.first(middle));
    halve(part.subspan(middle));
  }
};

}  // namespace

std::vector<Index> row_order(const RowMatrix& rows, Index group) {
  std::vector<Index> order(rows.rows());
  std::iota(order.begin(), order.end(), Index{0});
  Halving halving{rows, group, std::vector<float>(order.size())};
  halving.halve(order);
  return order;
}

}  // namespace replearn::neighbors
