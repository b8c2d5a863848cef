#include "methods/tsne/grid_convolution.hpp"

#include <algorithm>
#include <array>

#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::tsne {
namespace {

/// Columns per tile: the real and imaginary parts of one row fill a cache line.
constexpr Index tile_frequencies = fourier::lanes;
/// Numbers per row of a tile.
constexpr Index tile_width = 2 * tile_frequencies;

Index frequencies(const Grid& grid) {
  return grid.length / 2 + 1;
}

}  // namespace

std::vector<Index> ItemPartition::counts(Index width) const {
  std::vector<Index> all;
  for (int r = 0; r < shares.ranks(); ++r) all.push_back(count(r) * width);
  return all;
}

PlaneConvolution::PlaneConvolution(const mpi::Communicator& comm, const Grid& grid, double dof)
    : comm_(comm),
      grid_(grid),
      rows_{grid.nodes, comm.shares()},
      tiles_{ceil_div(frequencies(grid), tile_frequencies), comm.shares()},
      kernel_(plane_kernel(grid, dof, std::min(tile_frequencies * tiles_.begin(comm.rank()), frequencies(grid)),
                           std::min(tile_frequencies * tiles_.begin(comm.rank() + 1), frequencies(grid)))),
      row_lines_(fourier::make_real_lines(grid.length)),
      column_lines_(fourier::make_complex_lines(grid.length)),
      charge_spectra_{1, {}, {}},
      force_spectra_{2, {}, {}},
      row_spectra_(tiles_.items * tile_width * fourier::lanes),
      tile_(grid.length * tile_width),
      tile_x_(grid.length * tile_width),
      tile_y_(grid.length * tile_width) {
  const Index my_rows = rows_.count(comm.rank()), my_tiles = tiles_.count(comm.rank());
  for (auto* spectra : {&charge_spectra_, &force_spectra_}) {
    spectra->by_rows.resize(tiles_.items * spectra->fields * my_rows * tile_width);
    if (!alone()) spectra->by_tiles.resize(my_tiles * spectra->fields * rows_.items * tile_width);
  }
  if (!alone()) my_charges_.resize(my_rows * grid.nodes);
}

double PlaneConvolution::convolve(std::span<const std::int32_t> charges, mpi::NodeGather<float>& forces) {
  if (!alone()) mpi::reduce_scatter_sum(comm_, charges, my_charges_.values(), rows_.counts(grid_.nodes));
  transform_rows(alone() ? charges.data() : my_charges_.data());
  exchange(charge_spectra_, true);
  const double z = convolve_tiles();
  exchange(force_spectra_, false);
  forces.begin();
  transform_rows_back(forces.values().data() + 2 * grid_.nodes * rows_.begin(comm_.rank()));
  forces.finish(rows_.counts(2 * grid_.nodes));
  return z;
}

// The transform of eight real lines starts with the real parts at frequency 0, without imaginary parts. It is computed
// eight numbers after the start of row_spectra_, so that all other frequencies are where they belong.
void PlaneConvolution::transform_rows(const std::int32_t* charges) {
  const Index my_rows = rows_.count(comm_.rank());
  float* spectra = row_spectra_.data();
  float* values = spectra + fourier::lanes;
  for (Index first = 0; first < my_rows; first += fourier::lanes) {
    const Index count = std::min(fourier::lanes, my_rows - first);
    row_spectra_.clear();
    for (Index l = 0; l < count; ++l) {
      const std::int32_t* row = charges + (first + l) * grid_.nodes;
      for (Index j = 0; j < grid_.nodes; ++j) values[j * fourier::lanes + l] = static_cast<float>(row[j]);
    }
    row_lines_->forward(values);
    std::copy_n(values, fourier::lanes, spectra);
    std::fill_n(values, fourier::lanes, 0.0f);
    for (Index tile = 0; tile < tiles_.items; ++tile) {
      const float* from = spectra + tile * tile_width * fourier::lanes;
      float* to = charge_spectra_.by_rows.data() + (tile * my_rows + first) * tile_width;
      for (Index l = 0; l < count; ++l) {
        for (Index c = 0; c < tile_frequencies; ++c) {
          to[l * tile_width + c] = from[2 * c * fourier::lanes + l];
          to[l * tile_width + tile_frequencies + c] = from[(2 * c + 1) * fourier::lanes + l];
        }
      }
    }
  }
}

void PlaneConvolution::transform_rows_back(float* forces) {
  const Index my_rows = rows_.count(comm_.rank());
  for (Index first = 0; first < my_rows; first += fourier::lanes) {
    const Index count = std::min(fourier::lanes, my_rows - first);
    for (const Index field : {0, 1}) transform_field_back(first, count, field, forces + 2 * first * grid_.nodes + field);
  }
}

void PlaneConvolution::transform_field_back(Index first_row, Index count, Index field, float* forces) {
  const Index my_rows = rows_.count(comm_.rank());
  float* spectra = row_spectra_.data();
  float* values = spectra + fourier::lanes;
  for (Index tile = 0; tile < tiles_.items; ++tile) {
    const float* from = force_spectra_.by_rows.data() + ((2 * tile + field) * my_rows + first_row) * tile_width;
    float* to = spectra + tile * tile_width * fourier::lanes;
    for (Index l = 0; l < count; ++l) {
      for (Index c = 0; c < tile_frequencies; ++c) {
        to[2 * c * fourier::lanes + l] = from[l * tile_width + c];
        to[(2 * c + 1) * fourier::lanes + l] = from[l * tile_width + tile_frequencies + c];
      }
    }
  }
  std::copy_n(spectra, fourier::lanes, values);
  row_lines_->backward(values);
  for (Index l = 0; l < count; ++l) {
    float* row = forces + 2 * l * grid_.nodes;
    for (Index j = 0; j < grid_.nodes; ++j) row[2 * j] = values[j * fourier::lanes + l];
  }
}

void PlaneConvolution::exchange(Spectra& spectra, bool to_tiles) {
  if (alone()) return;
  const Index row_width = spectra.fields * rows_.count(comm_.rank()) * tile_width;
  const Index column_width = spectra.fields * tiles_.count(comm_.rank()) * tile_width;
  const auto of_rows = tiles_.counts(row_width), of_tiles = rows_.counts(column_width);
  const auto row_side = spectra.by_rows.values(), tile_side = spectra.by_tiles.values();
  const Index largest =
      spectra.fields * tile_width * std::max(tiles_.items * rows_.max_count(), rows_.items * tiles_.max_count());
  if (to_tiles) {
    mpi::all_to_all_into(comm_, std::span<const float>(row_side), of_rows, tile_side, of_tiles, largest);
  } else {
    mpi::all_to_all_into(comm_, std::span<const float>(tile_side), of_tiles, row_side, of_rows, largest);
  }
}

template <class Visit>
void PlaneConvolution::for_rows_of_ranks(Spectra& spectra, Index my_tile, Index field, Visit visit) {
  const Index row_width = spectra.fields * tiles_.count(comm_.rank()) * tile_width;
  for (int r = 0; r < rows_.shares.ranks(); ++r) {
    const Index first = rows_.begin(r), count = rows_.count(r);
    visit(at_tiles(spectra) + first * row_width + (my_tile * spectra.fields + field) * count * tile_width, first, count);
  }
}

/// Transforms the charges of one tile, multiplies with the kernels, and transforms back. Returns the tile's contribution
/// to Z.
double PlaneConvolution::convolve_tile(Index my_tile) {
  const Index length = grid_.length, half = length / 2;
  const Index kernel_at = my_tile * (half + 1) * tile_frequencies;
  std::array<double, tile_frequencies> sums{};
  const auto multiply = [&](Index at, Index a, float sign) {
    const float* __restrict from = tile_.data() + at * tile_width;
    float* __restrict to_x = tile_x_.data() + at * tile_width;
    float* __restrict to_y = tile_y_.data() + at * tile_width;
    const float* z = kernel_.z.data() + kernel_at + a * tile_frequencies;
    const float* x = kernel_.x.data() + kernel_at + a * tile_frequencies;
    const float* y = kernel_.y.data() + kernel_at + a * tile_frequencies;
#pragma omp simd
    for (Index c = 0; c < tile_frequencies; ++c) {
      const float real = from[c], imaginary = from[tile_frequencies + c], kx = sign * x[c];
      to_x[c] = -kx * imaginary;
      to_x[tile_frequencies + c] = kx * real;
      to_y[c] = -y[c] * imaginary;
      to_y[tile_frequencies + c] = y[c] * real;
      sums[c] += static_cast<double>(z[c] * (real * real + imaginary * imaginary));
    }
  };
  column_lines_->forward(tile_.data());
  for (Index a = 0; a <= half; ++a) multiply(a, a, 1);
  for (Index a = 1; a < half; ++a) multiply(length - a, a, -1);
  column_lines_->backward(tile_x_.data());
  column_lines_->backward(tile_y_.data());

  double total = 0;
  const Index first_column = (tiles_.begin(comm_.rank()) + my_tile) * tile_frequencies;
  for (Index c = 0; c < tile_frequencies && first_column + c <= half; ++c) {
    // For real values frequencies b and -b are equivalent, and only b is stored.
    total += (first_column + c == 0 || first_column + c == half ? 1 : 2) * sums[c];
  }
  return total;
}

double PlaneConvolution::convolve_tiles() {
  std::vector<double> z_of_tiles;
  for (Index t = 0; t < tiles_.count(comm_.rank()); ++t) {
    for_rows_of_ranks(charge_spectra_, t, 0, [&](const float* place, Index first, Index count) {
      std::copy_n(place, count * tile_width, tile_.data() + first * tile_width);
    });
    std::fill(tile_.data() + rows_.items * tile_width, tile_.data() + tile_.size(), 0.0f);
    z_of_tiles.push_back(convolve_tile(t));
    for (const Index field : {0, 1}) {
      const float* from = (field == 0 ? tile_x_ : tile_y_).data();
      for_rows_of_ranks(force_spectra_, t, field, [&](float* place, Index first, Index count) {
        std::copy_n(from + first * tile_width, count * tile_width, place);
      });
    }
  }
  return mpi::reproducible_sum(comm_, z_of_tiles, tiles_.items);
}

LineConvolution::LineConvolution(const Grid& grid, double dof)
    : grid_(grid),
      kernel_(line_kernel(grid, dof)),
      lines_(fourier::make_real_lines(grid.length)),
      values_(grid.length * fourier::lanes) {}

double LineConvolution::convolve(std::span<const std::int32_t> charges, std::span<float> forces) {
  const Index half = grid_.length / 2;
  values_.clear();
  const auto value = [&](Index j) -> float& { return values_.data()[j * fourier::lanes]; };
  for (std::size_t j = 0; j < charges.size(); ++j) value(static_cast<Index>(j)) = static_cast<float>(charges[j]);
  lines_->forward(values_.data());
  double z = 0;
  for (const Index a : {Index{0}, half}) {
    float& real = value(a == 0 ? 0 : 2 * a - 1);
    z += static_cast<double>(kernel_.z.data()[a]) * static_cast<double>(real * real);
    real = 0;  // the force is odd
  }
  for (Index a = 1; a < half; ++a) {
    float &real = value(2 * a - 1), &imaginary = value(2 * a);
    z += 2 * static_cast<double>(kernel_.z.data()[a]) * static_cast<double>(real * real + imaginary * imaginary);
    const float x = kernel_.x.data()[a], old_real = real;
    real = -x * imaginary;
    imaginary = x * old_real;
  }
  lines_->backward(values_.data());
  for (std::size_t j = 0; j < forces.size(); ++j) forces[j] = value(static_cast<Index>(j));
  return z;
}

}  // namespace replearn::tsne
