#include "methods/tsne/grid_convolution.hpp"

#include <algorithm>

#include "mpi/collectives.hpp"
#include "mpi/reproducible_sum.hpp"

namespace replearn::tsne {
namespace {

/// Columns per tile: one row fills a cache line.
constexpr Index lanes = 8;

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
      tiles_{ceil_div(frequencies(grid), lanes), comm.shares()},
      kernel_(plane_kernel(grid, dof, std::min(lanes * tiles_.begin(comm.rank()), frequencies(grid)),
                           std::min(lanes * tiles_.begin(comm.rank() + 1), frequencies(grid)))),
      line_(grid.length),
      column_(grid.length),
      charge_spectra_{1, {}, {}},
      force_spectra_{2, {}, {}},
      values_(grid.length),
      coefficients_(tiles_.items * lanes),
      tile_charges_(grid.length * lanes),
      tile_x_(grid.length * lanes),
      tile_y_(grid.length * lanes),
      spectrum_(grid.length),
      spectrum_x_(grid.length),
      spectrum_y_(grid.length) {
  const Index my_rows = rows_.count(comm.rank()), my_tiles = tiles_.count(comm.rank());
  for (auto* spectra : {&charge_spectra_, &force_spectra_}) {
    spectra->by_rows.resize(tiles_.items * spectra->fields * my_rows * lanes);
    if (!alone()) spectra->by_tiles.resize(my_tiles * spectra->fields * rows_.items * lanes);
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

void PlaneConvolution::transform_rows(const std::int32_t* charges) {
  const Index my_rows = rows_.count(comm_.rank());
  values_.clear();
  coefficients_.clear();
  for (Index row = 0; row < my_rows; ++row) {
    for (Index j = 0; j < grid_.nodes; ++j) values_.data()[j] = static_cast<float>(charges[row * grid_.nodes + j]);
    line_.forward(values_.data(), coefficients_.data());
    Complex* to = charge_spectra_.by_rows.data() + row * lanes;
    for (Index tile = 0; tile < tiles_.items; ++tile) {
      std::copy_n(coefficients_.data() + tile * lanes, lanes, to + tile * my_rows * lanes);
    }
  }
}

void PlaneConvolution::transform_rows_back(float* forces) {
  const Index my_rows = rows_.count(comm_.rank());
  for (Index row = 0; row < my_rows; ++row) {
    for (Index field = 0; field < 2; ++field) {
      const Complex* from = force_spectra_.by_rows.data() + (field * my_rows + row) * lanes;
      for (Index tile = 0; tile < tiles_.items; ++tile) {
        std::copy_n(from + tile * 2 * my_rows * lanes, lanes, coefficients_.data() + tile * lanes);
      }
      line_.backward(coefficients_.data(), values_.data());
      float* to = forces + 2 * row * grid_.nodes + field;
      for (Index j = 0; j < grid_.nodes; ++j) to[2 * j] = values_.data()[j];
    }
  }
}

void PlaneConvolution::exchange(Spectra& spectra, bool to_tiles) {
  if (alone()) return;
  const Index row_width = spectra.fields * rows_.count(comm_.rank()) * lanes;
  const Index tile_width = spectra.fields * tiles_.count(comm_.rank()) * lanes;
  const auto of_rows = tiles_.counts(row_width), of_tiles = rows_.counts(tile_width);
  const auto row_side = spectra.by_rows.values(), tile_side = spectra.by_tiles.values();
  const Index largest =
      spectra.fields * lanes * std::max(tiles_.items * rows_.max_count(), rows_.items * tiles_.max_count());
  if (to_tiles) {
    mpi::all_to_all_into(comm_, std::span<const Complex>(row_side), of_rows, tile_side, of_tiles, largest);
  } else {
    mpi::all_to_all_into(comm_, std::span<const Complex>(tile_side), of_tiles, row_side, of_rows, largest);
  }
}

template <class Visit>
void PlaneConvolution::for_rows_of_ranks(Spectra& spectra, Index my_tile, Index field, Visit visit) {
  const Index tile_width = spectra.fields * tiles_.count(comm_.rank()) * lanes;
  for (int r = 0; r < rows_.shares.ranks(); ++r) {
    const Index first = rows_.begin(r), count = rows_.count(r);
    visit(at_tiles(spectra) + first * tile_width + (my_tile * spectra.fields + field) * count * lanes, first, count);
  }
}

/// Transforms the charges of one column, multiplies with the kernels, and transforms back. Returns the column's
/// contribution to Z.
double PlaneConvolution::convolve_column(Index column, Complex* charges, Complex* forces_x, Complex* forces_y) {
  const Index length = grid_.length, half = length / 2;
  const Index kernel_at = (column - lanes * tiles_.begin(comm_.rank())) * (half + 1);
  const float* z = kernel_.z.data() + kernel_at;
  const float* x = kernel_.x.data() + kernel_at;
  const float* y = kernel_.y.data() + kernel_at;
  column_.forward(charges, spectrum_.data());
  const float* from = reinterpret_cast<const float*>(spectrum_.data());
  float* to_x = reinterpret_cast<float*>(spectrum_x_.data());
  float* to_y = reinterpret_cast<float*>(spectrum_y_.data());
  double sum = 0;
  const auto multiply = [&](Index at, Index a, float sign) {
    const float real = from[2 * at], imaginary = from[2 * at + 1], kx = sign * x[a], ky = y[a];
    to_x[2 * at] = -kx * imaginary;
    to_x[2 * at + 1] = kx * real;
    to_y[2 * at] = -ky * imaginary;
    to_y[2 * at + 1] = ky * real;
    return static_cast<double>(z[a] * (real * real + imaginary * imaginary));
  };
#pragma omp simd reduction(+ : sum)
  for (Index a = 0; a <= half; ++a) sum += multiply(a, a, 1);
#pragma omp simd reduction(+ : sum)
  for (Index a = 1; a < half; ++a) sum += multiply(length - a, a, -1);
  column_.backward(spectrum_x_.data(), forces_x);
  column_.backward(spectrum_y_.data(), forces_y);
  return sum;
}

double PlaneConvolution::convolve_tiles() {
  const Index length = grid_.length, first_tile = tiles_.begin(comm_.rank());
  std::vector<double> z_of_tiles;
  for (Index t = 0; t < tiles_.count(comm_.rank()); ++t) {
    for_rows_of_ranks(charge_spectra_, t, 0, [&](const Complex* place, Index first, Index count) {
      for (Index c = 0; c < lanes; ++c) {
        Complex* to = tile_charges_.data() + c * length + first;
        for (Index row = 0; row < count; ++row) to[row] = place[row * lanes + c];
      }
    });
    double z = 0;
    for (Index c = 0; c < lanes; ++c) {
      const Index column = (first_tile + t) * lanes + c;
      if (column >= frequencies(grid_)) break;
      // For real values frequencies b and -b are equivalent, and only b is stored.
      const double times = column == 0 || column == length / 2 ? 1 : 2;
      z += times * convolve_column(column, tile_charges_.data() + c * length, tile_x_.data() + c * length,
                                   tile_y_.data() + c * length);
    }
    z_of_tiles.push_back(z);
    for (const Index field : {0, 1}) {
      const Complex* tile = (field == 0 ? tile_x_ : tile_y_).data();
      for_rows_of_ranks(force_spectra_, t, field, [&](Complex* place, Index first, Index count) {
        for (Index row = 0; row < count; ++row) {
          for (Index c = 0; c < lanes; ++c) place[row * lanes + c] = tile[c * length + first + row];
        }
      });
    }
  }
  return mpi::reproducible_sum(comm_, z_of_tiles, tiles_.items);
}

LineConvolution::LineConvolution(const Grid& grid, double dof)
    : grid_(grid),
      kernel_(line_kernel(grid, dof)),
      line_(grid.length),
      values_(grid.length),
      coefficients_(grid.length / 2 + 1) {}

double LineConvolution::convolve(std::span<const std::int32_t> charges, std::span<float> forces) {
  const Index half = grid_.length / 2;
  values_.clear();
  std::copy(charges.begin(), charges.end(), values_.data());
  line_.forward(values_.data(), coefficients_.data());
  double z = 0;
  for (Index a = 0; a <= half; ++a) {
    std::complex<float>& c = coefficients_.data()[a];
    z += (a == 0 || a == half ? 1 : 2) * static_cast<double>(kernel_.z.data()[a]) * static_cast<double>(std::norm(c));
    c *= std::complex<float>(0, kernel_.x.data()[a]);
  }
  line_.backward(coefficients_.data(), values_.data());
  std::copy_n(values_.data(), forces.size(), forces.data());
  return z;
}

}  // namespace replearn::tsne
