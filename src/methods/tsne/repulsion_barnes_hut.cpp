#include "methods/tsne/repulsion_barnes_hut.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "methods/tsne/elementary.hpp"
#include "methods/tsne/morton_tree.hpp"
#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::tsne {
namespace {

constexpr Index leaf_lanes = MortonTree::max_in_leaf;
using LeafLanes = std::array<float, leaf_lanes>;

/// A group of points, contiguous along the Morton curve, for which the tree is traversed once.
struct Group {
  Index begin, end;
};

/// The leaves in curve order; leaves with too many points (all at one position) are split.
std::vector<Group> groups_of(const MortonTree& tree) {
  std::vector<Group> groups;
  for (const auto& node : tree.nodes()) {
    for (Index begin = node.begin; node.children == 0 && begin < node.end; begin += leaf_lanes) {
      groups.push_back({begin, std::min(node.end, begin + leaf_lanes)});
    }
  }
  std::sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) { return a.begin < b.begin; });
  return groups;
}

/// Interaction list of a group: centers of mass, or points.
struct Sources {
  static constexpr Index capacity = 512;
  std::array<std::array<float, capacity>, 3> y;
  std::array<float, capacity> mass;
  Index count = 0;
};

/// The points of a group, one per lane, and their accumulated sums. Interactions are summed in float32, and after
/// Sources::capacity of them in float64.
template <Index q, bool any_dof>
class LeafTraversal {
 public:
  LeafTraversal(const MortonTree& tree, double theta, double dof)
      : tree_(tree), theta_squared_(static_cast<float>(theta * theta)), dof_(static_cast<float>(dof)) {}

  /// Computes the forces on the group, q per point, and returns its contribution to Z.
  double compute_forces(const Group& group, float* forces) {
    start(group);
    stack_.assign(1, 0);
    while (!stack_.empty()) {
      const auto& node = tree_.nodes()[stack_.back()];
      stack_.pop_back();
      if (node.finest || is_distant(node)) {
        add_source(node.center, node.mass());
      } else if (node.children > 0) {
        for (int c = node.children; c-- > 0;) stack_.push_back(node.child + c);
      } else {
        for (Index i = node.begin; i < node.end; ++i) add_source(tree_.points().data() + i * q, 1);
      }
    }

    // The remaining interactions, then the results of the group.
    sum_sources();
    double z = 0;
    for (Index i = 0; i < group.end - group.begin; ++i) {
      const auto lane = static_cast<std::size_t>(i);
      z += z_[lane] - 1;  // minus the self-interaction
      for (Index k = 0; k < q; ++k) forces[i * q + k] = static_cast<float>(forces_[k][lane]);
    }
    return z;
  }

 private:
  void start(const Group& group) {
    group_ = group;
    for (Index k = 0; k < q; ++k) {
      const auto axis = static_cast<std::size_t>(k);
      low_[axis] = std::numeric_limits<float>::max();
      high_[axis] = std::numeric_limits<float>::lowest();
      for (Index i = 0; i < leaf_lanes; ++i) {
        // Unused leaf_lanes repeat the last point.
        const float y = tree_.points()(std::min(group.begin + i, group.end - 1), k);
        points_[axis][i] = y;
        low_[axis] = std::min(low_[axis], y);
        high_[axis] = std::max(high_[axis], y);
      }
      forces_[axis].fill(0);
    }
    z_.fill(0);
  }

  bool is_distant(const MortonTree::Node& node) const {
    if (node.begin <= group_.begin && group_.begin < node.end) return false;  // the node contains the group
    float square = 0;
    for (std::size_t k = 0; k < q; ++k) {
      const float gap = std::max(0.0f, std::max(low_[k] - node.center[k], node.center[k] - high_[k]));
      square += gap * gap;
    }
    return node.width * node.width < theta_squared_ * square;
  }

  void add_source(const float* y, float mass) {
    if (sources_.count == Sources::capacity) sum_sources();
    const auto at = static_cast<std::size_t>(sources_.count++);
    for (std::size_t k = 0; k < q; ++k) sources_.y[k][at] = y[k];
    sources_.mass[at] = mass;
  }

  void sum_sources() {
    if (group_.end - group_.begin <= leaf_lanes / 2) {
      sum_sources_in<leaf_lanes / 2>();
    } else {
      sum_sources_in<leaf_lanes>();
    }
    sources_.count = 0;
  }

  template <Index width>
  void sum_sources_in() {
    LeafLanes z{}, fx{}, fy{}, fz{};
    const LeafLanes x = points_[0], y = points_[1], third = points_[q - 1];
    const float dof = dof_;
    for (std::size_t s = 0; s < static_cast<std::size_t>(sources_.count); ++s) {
      const float sx = sources_.y[0][s], sy = sources_.y[1][s], sz = sources_.y[q - 1][s], mass = sources_.mass[s];
#pragma omp simd
      for (std::size_t i = 0; i < width; ++i) {
        const float dx = x[i] - sx, dy = y[i] - sy, dz = q == 3 ? third[i] - sz : 0.0f;
        float d = 1.0f + dx * dx + dy * dy;
        if constexpr (q == 3) d += dz * dz;
        const float w = 1.0f / d, weight = mass * (any_dof ? inverse_power(d, dof) : w);
        z[i] += weight;
        fx[i] += weight * w * dx;
        fy[i] += weight * w * dy;
        if constexpr (q == 3) fz[i] += weight * w * dz;
      }
    }

    // Adds the float32 sums to the float64 totals.
    for (std::size_t i = 0; i < width; ++i) {
      z_[i] += static_cast<double>(z[i]);
      forces_[0][i] += static_cast<double>(fx[i]);
      forces_[1][i] += static_cast<double>(fy[i]);
      if constexpr (q == 3) forces_[2][i] += static_cast<double>(fz[i]);
    }
  }

  const MortonTree& tree_;
  float theta_squared_, dof_;
  Group group_{};
  std::array<LeafLanes, q> points_;
  std::array<float, q> low_, high_;
  std::array<std::array<double, leaf_lanes>, q> forces_;
  std::array<double, leaf_lanes> z_;
  Sources sources_;
  std::vector<Index> stack_;
};

}  // namespace

void compute_repulsion_by_tree(const mpi::Communicator& comm, const RowPartition& partition, const MapView& points,
                               double theta, Repulsion& result, double dof) {
  const Index n = points.rows(), q = points.cols();
  const MortonTree tree(points);

  // Divides the groups, in curve order, over the ranks.
  const auto groups = groups_of(tree);
  const auto first_group = [&](int rank) { return comm.shares().begin(static_cast<Index>(groups.size()), rank); };
  const auto first_point = [&](int rank) {
    const auto group = static_cast<std::size_t>(first_group(rank));
    return group < groups.size() ? groups[group].begin : n;
  };
  std::vector<Index> counts;
  for (int r = 0; r < comm.size(); ++r) counts.push_back((first_point(r + 1) - first_point(r)) * q);

  // Forces and Z of the local groups.
  std::vector<float> mine(counts[comm.rank()]);
  std::vector<double> z_of_groups;
  const auto traverse = [&](auto traversal) {
    const Index offset = first_point(comm.rank());
    for (Index g = first_group(comm.rank()); g < first_group(comm.rank() + 1); ++g) {
      const Group& group = groups[g];
      z_of_groups.push_back(traversal.compute_forces(group, mine.data() + (group.begin - offset) * q));
    }
  };
  if (q == 2 && dof == 1) traverse(LeafTraversal<2, false>(tree, theta, dof));
  if (q == 3 && dof == 1) traverse(LeafTraversal<3, false>(tree, theta, dof));
  if (q == 2 && dof != 1) traverse(LeafTraversal<2, true>(tree, theta, dof));
  if (q == 3 && dof != 1) traverse(LeafTraversal<3, true>(tree, theta, dof));
  result.z = mpi::reproducible_sum(comm, z_of_groups, static_cast<Index>(groups.size()));

  // Forces of all points, from curve order back to the local rows.
  RowMatrix all(n, q);
  mpi::all_gather_into(comm, std::span<const float>(mine),
                       std::span<float>(all.data(), static_cast<std::size_t>(all.size())), counts);
  const Index first = partition.begin(comm.rank());
  result.forces.resize(partition.count(comm.rank()), q);
  for (Index place = 0; place < n; ++place) {
    const Index i = tree.order()[place] - first;
    if (i >= 0 && i < result.forces.rows()) result.forces.row(i) = all.row(place).cast<double>();
  }
}

}  // namespace replearn::tsne
