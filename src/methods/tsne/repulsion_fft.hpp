#pragma once
#include <memory>

#include "methods/tsne/gradient.hpp"
#include "methods/tsne/grid.hpp"

namespace replearn::tsne {

/// Repulsion by interpolation on a grid (Linderman et al. 2019, "Fast interpolation-based t-SNE for improved
/// visualization of single-cell RNA-seq data"): points give their charge to the nodes around them, a Fourier transform
/// convolves the charges with the forces' kernels, points read the forces at the nodes around them. q = 1 or 2.
///
/// Unlike there one charge is enough, since the kernels are those of the forces themselves (no difference of large
/// potentials is taken); points meet the grid by splines of order 6 with the spectrum of least error (grid_kernel.hpp),
/// not Lagrange polynomials; and Z is a sum over frequencies, with no transform of its own.
///
/// An iteration, per rank, M nodes a side, L >= 2 M + 48 with zeros: 36 n / p nodes written and read;
/// M^2 words reduced and scattered; 3 M / p transforms of L reals, 3 L / (2 p) of L complex numbers, some
/// 22 M L log2(L) / p flops in all; 12 M L / p bytes sent to turn the rows into columns and back; 8 M^2 bytes gathered,
/// once a computer. The line (q = 1): every rank transforms the whole.
///
/// The same to the bit on any number of ranks: charges are whole numbers; a transform of one row or of eight columns
/// is the same whoever does it; Z goes through reproducible_sum by columns.
class FftRepulsion {
 public:
  /// All ranks; comm must outlive it.
  FftRepulsion(const mpi::Communicator& comm, const RowPartition& partition, Index q, double dof = 1);
  ~FftRepulsion();
  FftRepulsion(FftRepulsion&&) noexcept;
  FftRepulsion& operator=(FftRepulsion&&) noexcept;

  /// points: all n x q, finite; grid: fits their extent. Kernels are kept while the grid is the same. All ranks.
  void repel(const MapView& points, const Extent& extent, const Grid& grid, Repulsion& result);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> self_;
};

}  // namespace replearn::tsne
