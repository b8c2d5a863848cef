#include "methods/tsne/repulsion_fft.hpp"

#include <cmath>
#include <optional>

#include "methods/tsne/grid_convolution.hpp"
#include "methods/tsne/spline.hpp"
#include "mpi/collectives.hpp"

namespace replearn::tsne {
namespace {

/// Position of a coordinate on the grid: its first node, and the offset from it in nodes.
struct Place {
  Index node;
  float beyond;
};
Place place(float y, float low, float per_spacing) {
  const float at = (y - low) * per_spacing;
  const auto node = static_cast<std::int32_t>(at);
  return {node, at - static_cast<float>(node)};
}

/// Adds the charges of a point at eight consecutive nodes.
void give(const float* weights, float factor, std::int32_t* nodes) {
#pragma omp simd
  for (Index j = 0; j < spline::lanes; ++j) nodes[j] += static_cast<std::int32_t>(factor * weights[j] + 0.5f);
}

}  // namespace

struct FftRepulsion::Implementation {
  Implementation(const mpi::Communicator& ranks, const RowPartition& rows, Index dimensions, double degrees)
      : comm(ranks), partition(rows), q(dimensions), dof(degrees), plane_forces(ranks) {}
  const mpi::Communicator& comm;
  RowPartition partition;
  Index q;
  double dof;
  spline::Coefficients table = spline::coefficients();
  Grid grid{};
  std::optional<PlaneConvolution> plane{};
  std::optional<LineConvolution> line{};
  AlignedArray<std::int32_t> charges{};  // at all nodes
  AlignedArray<float> line_forces{};     // at all nodes
  mpi::NodeGather<float> plane_forces;   // at all nodes, x and y interleaved; shared by the ranks of a node

  void prepare(const Grid& wanted);
  void spread(const MapView& points, const std::vector<float>& low);
  void read(const MapView& points, const std::vector<float>& low, RowMatrixD& result) const;

  /// Charge per point as an integer, such that the total, including rounding, stays below 2^31.
  float charge() const { return static_cast<float>(Index{1} << 30) / static_cast<float>(partition.rows()); }
  float per_spacing() const { return static_cast<float>(1 / grid.spacing); }
};

void FftRepulsion::Implementation::prepare(const Grid& wanted) {
  if (wanted == grid) return;
  grid = wanted;
  if (q == 1) {
    line.emplace(grid, dof);
    charges.resize(grid.nodes);
    line_forces.resize(grid.nodes);
  } else {
    plane.emplace(comm, grid, dof);
    charges.resize(grid.nodes * grid.nodes);
    plane_forces.resize(2 * grid.nodes * grid.nodes);
  }
}

void FftRepulsion::Implementation::spread(const MapView& points, const std::vector<float>& low) {
  charges.clear();
  float wx[spline::lanes], wy[spline::lanes];
  for (Index i = partition.begin(comm.rank()); i < partition.end(comm.rank()); ++i) {
    const auto x = place(points(i, 0), low[0], per_spacing());
    spline::weights(table, x.beyond, wx);
    if (q == 1) {
      give(wx, charge(), charges.data() + x.node);
      continue;
    }
    const auto y = place(points(i, 1), low[1], per_spacing());
    spline::weights(table, y.beyond, wy);
    std::int32_t* corner = charges.data() + x.node * grid.nodes + y.node;
    for (Index a = 0; a < spline::order; ++a) give(wy, charge() * wx[a], corner + a * grid.nodes);
  }
}

void FftRepulsion::Implementation::read(const MapView& points, const std::vector<float>& low,
                                        RowMatrixD& result) const {
  constexpr Index reach = spline::lanes;
  const Index begin = partition.begin(comm.rank());
  const double scale = 1 / static_cast<double>(charge());
  const float* forces = q == 1 ? nullptr : plane_forces.values().data();
  float wx[reach], wy[reach];
  for (Index i = 0; i < result.rows(); ++i) {
    const auto x = place(points(begin + i, 0), low[0], per_spacing());
    spline::weights(table, x.beyond, wx);
    if (q == 1) {
      float sum = 0;
      for (Index a = 0; a < spline::order; ++a) sum += wx[a] * line_forces.data()[x.node + a];
      result(i, 0) = scale * static_cast<double>(sum);
      continue;
    }
    const auto y = place(points(begin + i, 1), low[1], per_spacing());
    spline::weights(table, y.beyond, wy);
    const float* corner = forces + 2 * (x.node * grid.nodes + y.node);
    float sums[2 * reach] = {};
    for (Index a = 0; a < spline::order; ++a) {
      const float* row = corner + 2 * a * grid.nodes;
#pragma omp simd
      for (Index j = 0; j < 2 * reach; ++j) sums[j] += wx[a] * row[j];
    }
    float force_x = 0, force_y = 0;
    for (Index j = 0; j < spline::order; ++j) {
      force_x += wy[j] * sums[2 * j];
      force_y += wy[j] * sums[2 * j + 1];
    }
    result(i, 0) = scale * static_cast<double>(force_x);
    result(i, 1) = scale * static_cast<double>(force_y);
  }
}

FftRepulsion::FftRepulsion(const mpi::Communicator& comm, const RowPartition& partition, Index q, double dof)
    : self_(new Implementation(comm, partition, q, dof)) {}
FftRepulsion::~FftRepulsion() = default;
FftRepulsion::FftRepulsion(FftRepulsion&&) noexcept = default;
FftRepulsion& FftRepulsion::operator=(FftRepulsion&&) noexcept = default;

void FftRepulsion::compute_repulsion(const MapView& points, const Extent& extent, const Grid& grid, Repulsion& result) {
  Implementation& self = *self_;
  self.prepare(grid);
  result.forces.resize(self.partition.count(self.comm.rank()), self.q);
  self.spread(points, extent.low);
  double squares = 0;
  if (self.q == 1) {
    mpi::all_reduce(self.comm, self.charges.values(), mpi::Reduction::sum);
    squares = self.line->convolve(self.charges.values(), self.line_forces.values());
  } else {
    squares = self.plane->convolve(self.charges.values(), self.plane_forces);
  }
  const double charge = static_cast<double>(self.charge());
  result.z = squares / (charge * charge) - static_cast<double>(self.partition.rows());  // minus self-interactions
  self.read(points, extent.low, result.forces);
}

}  // namespace replearn::tsne
