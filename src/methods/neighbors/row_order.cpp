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
  for (Index s = 0; s < sampled; ++s) sample.row(s) = rows.row(group[static_cast<std::size_t>(s * size / sampled)]);
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
  std::vector<float> heights;  // of each row along the direction of its part

  void halve(std::span<Index> part) {
    const auto size = static_cast<Index>(part.size());
    if (size <= group) return;
    const Direction direction = main_direction(rows, part);
    for (const Index row : part) {
      const float height = rows.row(row).dot(direction);
      heights[static_cast<std::size_t>(row)] = std::isfinite(height) ? height : 0;  // NaN has no place in an order
    }
    const auto middle = static_cast<std::size_t>(ceil_div(ceil_div(size, group), 2) * group);
    std::nth_element(
        part.begin(), part.begin() + static_cast<std::ptrdiff_t>(middle), part.end(),
        [&](Index a, Index b) { return heights[static_cast<std::size_t>(a)] < heights[static_cast<std::size_t>(b)]; });
    halve(part.first(middle));
    halve(part.subspan(middle));
  }
};

}  // namespace

std::vector<Index> row_order(const RowMatrix& rows, Index group) {
  std::vector<Index> order(static_cast<std::size_t>(rows.rows()));
  std::iota(order.begin(), order.end(), Index{0});
  Halving halving{rows, group, std::vector<float>(order.size())};
  halving.halve(order);
  return order;
}

}  // namespace replearn::neighbors
