#include "methods/tsne/repulsion_fft.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
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

/// Adds the charges of a point at eight consecutive nodes. offsets: from 0 to 1, added before rounding down.
void give(const float* weights, float factor, const float* offsets, std::int32_t* nodes) {
#pragma omp simd
  for (Index j = 0; j < spline::lanes; ++j) nodes[j] += static_cast<std::int32_t>(factor * weights[j] + offsets[j]);
}

/// What is added to a charge before it is rounded down: one half, which rounds to nearest; or, where charges are so
/// small that the tails of the splines would always be rounded to 0, a number that depends on the point and the node
/// and is evenly distributed in [0, 1) over both. The charge is then right on average (dithering).
class Rounding {
 public:
  explicit Rounding(float charge) : dithered_(charge < min_rounded_charge) {
    constexpr double plastic_ratio = 0.7548776662466927;  // its multiples are evenly distributed
    for (std::size_t j = 0; j < steps_.size(); ++j) {
      const double multiple = static_cast<double>(j) * plastic_ratio;
      steps_[j] = static_cast<float>(multiple - std::floor(multiple));
    }
    offsets_.fill(0.5f);
  }

  /// The offsets of the nodes of a point, in rows of spline::lanes.
  const float* of_point(Index point) {
    if (!dithered_) return offsets_.data();
    constexpr std::uint32_t golden_ratio = 2654435769u;  // of 2^32
    const float of_this = static_cast<float>(static_cast<std::uint32_t>(point) * golden_ratio >> 8) * 0x1p-24f;
    for (std::size_t j = 0; j < steps_.size(); ++j) {
      const float sum = of_this + steps_[j];
      offsets_[j] = sum < 1 ? sum : sum - 1;
    }
    return offsets_.data();
  }

 private:
  /// That of a million points, of which rounding to nearest loses 0.06 %; of 10 million points it would lose 0.8 %.
  static constexpr float min_rounded_charge = 1024;
  bool dithered_;
  std::array<float, spline::order * spline::lanes> steps_{}, offsets_{};
};

}  // namespace

struct FftRepulsion::Implementation {
  Implementation(const mpi::Communicator& ranks, const RowPartition& rows, Index dimensions, double degrees,
                 Index charged)
      : comm(ranks), partition(rows), q(dimensions), charged_points(charged), dof(degrees), plane_forces(ranks) {}
  const mpi::Communicator& comm;
  RowPartition partition;
  Index q, charged_points;
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
  float charge() const { return static_cast<float>(Index{1} << 30) / static_cast<float>(charged_points); }
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
  Rounding rounding(charge());
  for (Index i = partition.begin(comm.rank()); i < partition.end(comm.rank()); ++i) {
    const auto x = place(points(i, 0), low[0], per_spacing());
    spline::weights(table, x.beyond, wx);
    const float* offsets = rounding.of_point(i);
    if (q == 1) {
      give(wx, charge(), offsets, charges.data() + x.node);
      continue;
    }
    const auto y = place(points(i, 1), low[1], per_spacing());
    spline::weights(table, y.beyond, wy);
    std::int32_t* corner = charges.data() + x.node * grid.nodes + y.node;
    for (Index a = 0; a < spline::order; ++a) {
      give(wy, charge() * wx[a], offsets + a * spline::lanes, corner + a * grid.nodes);
    }
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

FftRepulsion::FftRepulsion(const mpi::Communicator& comm, const RowPartition& partition, Index q, double dof,
                           Index charged_points)
    : self_(new Implementation(comm, partition, q, dof, std::max(charged_points, partition.rows()))) {}
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
