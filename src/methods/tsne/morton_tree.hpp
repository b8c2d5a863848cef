#pragma once
#include <vector>

#include "methods/tsne/morton.hpp"

namespace replearn::tsne {

/// A quadtree (octree) over all points of a map, stored in arrays. Points are sorted along the Morton curve, so that a
/// cell of any level is a contiguous range; levels are built one after the other, and the tree does not depend on the
/// rank that builds it. q = 2 or 3.
class MortonTree {
 public:
  /// Cells with more points are divided, unless they are at the finest level of the curve.
  static constexpr Index max_in_leaf = 32;

  struct Node {
    Index begin, end;  ///< range of its points along the curve
    Index child;       ///< the first child; children are consecutive
    int children;      ///< 0 for a leaf
    bool finest;       ///< at the finest level of the curve: its points coincide up to rounding
    float width;       ///< width of the cell
    float center[3];   ///< center of mass
    float mass() const { return static_cast<float>(end - begin); }
  };

  /// Local. Cost: sorting n codes and O(n) for each of about log2(n) / q levels.
  explicit MortonTree(const MapView& points);

  const std::vector<Node>& nodes() const { return nodes_; }          ///< the root first, children after parents
  const std::vector<std::int32_t>& order() const { return order_; }  ///< the point at each position on the curve
  const RowMatrix& points() const { return points_; }                ///< in that order

 private:
  void divide(const std::vector<std::uint64_t>& codes, int bits, double width);
  void weigh();

  std::vector<std::int32_t> order_;
  RowMatrix points_;
  std::vector<Node> nodes_;
};

}  // namespace replearn::tsne
