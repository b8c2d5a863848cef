#pragma once
#include <cstdint>

#include "methods/tsne/fourier.hpp"
#include "methods/tsne/grid_kernel.hpp"
#include "mpi/node_gather.hpp"

/// Convolves charges at the nodes of a grid with the force kernels, by Fourier transforms.
namespace replearn::tsne {

/// Distribution of `items` items over the ranks: rank r has [begin(r), begin(r + 1)).
struct ItemPartition {
  Index items = 0;
  Shares shares{};
  Index begin(int rank) const { return shares.begin(items, rank); }
  Index max_count() const { return shares.max_count(items); }
  Index count(int rank) const { return begin(rank + 1) - begin(rank); }
  /// Counts of all ranks, times `width`.
  std::vector<Index> counts(Index width) const;
};

/// Convolution in the plane. Rows of nodes and tiles of eight columns of frequencies are distributed over the ranks; the
/// result for a row or a tile does not depend on the rank that computes it. Eight rows, or the columns of a tile, are
/// transformed together.
class PlaneConvolution {
 public:
  /// Local; comm must outlive it. Cost: see plane_kernel.
  PlaneConvolution(const mpi::Communicator& comm, const Grid& grid, double dof);

  /// charges: of the local points at all nodes x nodes; forces: of all points at the same nodes, x and y interleaved, 2
  /// nodes^2 values. Returns sum_ij w_ij over charges i, j, including i = j. All ranks. Cost: see FftRepulsion.
  double convolve(std::span<const std::int32_t> charges, mpi::NodeGather<float>& forces);

 private:
  /// Spectra of `fields` quantities per node; those of a row in a tile are eight real and eight imaginary parts. by_rows:
  /// the rows of this rank, ordered by tile and field. by_tiles: the tiles of this rank, the rows of each rank in turn,
  /// ordered by tile and field. A single rank uses one layout for both.
  struct Spectra {
    Index fields;
    AlignedArray<float> by_rows, by_tiles;
  };

  void transform_rows(const std::int32_t* charges);
  double convolve_tiles();
  double convolve_tile(Index my_tile);
  void transform_rows_back(float* forces);
  void transform_field_back(Index first_row, Index count, Index field, float* forces);
  float* at_tiles(Spectra& spectra) { return alone() ? spectra.by_rows.data() : spectra.by_tiles.data(); }
  /// Calls visit(place in by_tiles, first row, rows) for the rows of each rank in one tile and field.
  template <class Visit>
  void for_rows_of_ranks(Spectra& spectra, Index my_tile, Index field, Visit visit);
  void exchange(Spectra& spectra, bool to_tiles);
  bool alone() const { return comm_.size() == 1; }

  const mpi::Communicator& comm_;
  Grid grid_;
  ItemPartition rows_, tiles_;
  PlaneKernel kernel_;
  std::unique_ptr<fourier::LinesTransform> row_lines_, column_lines_;
  AlignedArray<std::int32_t> my_charges_;  // local rows of nodes, charges of all points
  Spectra charge_spectra_, force_spectra_;
  AlignedArray<float> row_spectra_;                 // of eight rows: frequency, part, row
  AlignedArray<float> tile_, tile_x_, tile_y_;      // of one tile: node or frequency, part, column
};

/// Convolution on a line: every rank computes all of it.
class LineConvolution {
 public:
  LineConvolution(const Grid& grid, double dof);
  /// charges, forces: `nodes` values each. Local.
  double convolve(std::span<const std::int32_t> charges, std::span<float> forces);

 private:
  Grid grid_;
  LineKernel kernel_;
  std::unique_ptr<fourier::LinesTransform> lines_;
  AlignedArray<float> values_;  // one of the eight lines is in use
};

}  // namespace replearn::tsne
