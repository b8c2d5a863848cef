#include "methods/tsne/morton_tree.hpp"

#include <algorithm>
#include <cmath>

namespace replearn::tsne {

MortonTree::MortonTree(const MapView& points) : points_(points.rows(), points.cols()) {
  const Extent extent = extent_of(points);
  const MortonCurve curve(extent, points.cols());
  auto order = morton_order(curve, points);
  order_ = std::move(order.points);
  const Index q = points.cols();
  for (std::size_t at = 0; at < order_.size(); ++at) {
    std::copy_n(points.data() + order_[at] * q, q, points_.data() + static_cast<Index>(at) * q);
  }
  divide(order.codes, curve.bits(), extent.width);
  weigh();
}

/// Built level by level: the children of a cell are the ranges of its points that agree in the next q bits.
void MortonTree::divide(const std::vector<std::uint64_t>& codes, int bits, double width) {
  const int q = static_cast<int>(points_.cols());
  nodes_.push_back({0, points_.rows(), 0, 0, false, static_cast<float>(width), {}});
  std::size_t level_begin = 0;
  for (int level = 0; level_begin < nodes_.size(); ++level) {
    const std::size_t level_end = nodes_.size();
    const int shift = q * (bits - level - 1);
    for (std::size_t at = level_begin; at < level_end; ++at) {
      const Index begin = nodes_[at].begin, end = nodes_[at].end;
      nodes_[at].finest = level == bits;
      if (end - begin <= max_in_leaf || level == bits) continue;
      nodes_[at].child = static_cast<Index>(nodes_.size());
      for (Index from = begin; from < end;) {
        const std::uint64_t cell = codes[from] >> shift;
        const auto to =
            std::upper_bound(codes.begin() + from, codes.begin() + end, cell,
                             [&](std::uint64_t value, std::uint64_t code) { return value < code >> shift; });
        const Index next = to - codes.begin();
        nodes_.push_back({from, next, 0, 0, false, static_cast<float>(std::ldexp(width, -(level + 1))), {}});
        ++nodes_[at].children;
        from = next;
      }
    }
    level_begin = level_end;
  }
}

/// Centers of mass, from the points of a leaf or the children of a cell.
void MortonTree::weigh() {
  const Index q = points_.cols();
  std::vector<double> sums(nodes_.size() * 3, 0.0);
  for (std::size_t at = nodes_.size(); at-- > 0;) {
    Node& node = nodes_[at];
    double* sum = sums.data() + 3 * at;
    for (Index i = node.begin; node.children == 0 && i < node.end; ++i) {
      for (Index k = 0; k < q; ++k) sum[k] += static_cast<double>(points_(i, k));
    }
    for (int c = 0; c < node.children; ++c) {
      for (Index k = 0; k < q; ++k)
        sum[k] += sums[3 * static_cast<std::size_t>(node.child + c) + static_cast<std::size_t>(k)];
    }
    for (Index k = 0; k < q; ++k)
      node.center[k] = static_cast<float>(sum[k] / static_cast<double>(node.end - node.begin));
  }
}

}  // namespace replearn::tsne
