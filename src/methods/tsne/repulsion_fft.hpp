#pragma once
#include <memory>

#include "methods/tsne/gradient.hpp"
#include "methods/tsne/grid.hpp"

namespace replearn::tsne {

/// Repulsion by interpolation on a grid (Linderman et al. 2019, "Fast interpolation-based t-SNE for improved
/// visualization of single-cell RNA-seq data"): charges are spread from the points to the surrounding nodes, Fourier
/// transforms convolve them with the force kernels, and forces are interpolated from the nodes back to the points. q =
/// 1 or 2. Differences from FIt-SNE and the cost per iteration: README.md, "Repulsion on a grid".
///
/// Equal to the bit on any number of ranks: charges are integers (dithered beyond a million points, where rounding
/// would lose the tails of the splines), the transform of a row or of eight columns does not
/// depend on the rank, and Z is summed over columns by reproducible_sum.
class FftRepulsion {
 public:
  /// All ranks; comm must outlive it. charged_points: the charge of a point is rounded as if there were so many points,
  /// at least those of the partition; for tests of large n.
  FftRepulsion(const mpi::Communicator& comm, const RowPartition& partition, Index q, double dof = 1,
               Index charged_points = 0);
  ~FftRepulsion();
  FftRepulsion(FftRepulsion&&) noexcept;
  FftRepulsion& operator=(FftRepulsion&&) noexcept;

  /// points: all n x q, finite; grid: covers their extent. Kernels are cached while the grid is the same. All ranks.
  void compute_repulsion(const MapView& points, const Extent& extent, const Grid& grid, Repulsion& result);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

}  // namespace replearn::tsne
