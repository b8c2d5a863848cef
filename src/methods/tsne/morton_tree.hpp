#pragma once
#include <vector>

#include "methods/tsne/morton.hpp"

namespace replearn::tsne {

/// A quadtree (octree) over all points of a map, in arrays. Points lie along the Morton curve, so that a cell of any
/// level is a stretch of them; levels are built one after the other; nothing in it depends on who builds it. q = 2
/// or 3.
class MortonTree {
 public:
  /// A cell of more points is divided, unless the curve has no finer ones.
  static constexpr Index max_in_leaf = 32;

  struct Node {
    Index begin, end;  ///< its points, along the curve
    Index child;       ///< the first of its children, which follow each other
    int children;      ///< 0: a leaf
    bool finest;       ///< of the curve: its points are in one place, to rounding
    float width;       ///< of the cell
    float center[3];   ///< of mass
    float mass() const { return static_cast<float>(end - begin); }
  };

  /// Local. Cost: a sort of n, O(n) for each of some log2(n) / q levels.
  explicit MortonTree(const MapView& points);

  const std::vector<Node>& nodes() const { return nodes_; }          ///< the root first, children after parents
  const std::vector<std::int32_t>& order() const { return order_; }  ///< which point is at each place on the curve
  const RowMatrix& points() const { return points_; }                ///< in that order

 private:
  void divide(const std::vector<std::uint64_t>& codes, int bits, double width);
  void weigh();

  std::vector<std::int32_t> order_;
  RowMatrix points_;
  std::vector<Node> nodes_;
};

}  // namespace replearn::tsne
