#pragma once
#include <cstdint>
#include <span>

#include "base/random.hpp"
#include "nn/batch.hpp"

namespace replearn::nn {

/// Inverted dropout (Srivastava et al. 2014): in training a unit is kept with probability 1 - rate and scaled by 1 / (1
/// - rate), so evaluation needs no change. Forward and backward multiply by the same mask.
///
/// The mask of a row depends only on (seed, draw, global_row): `draw` numbers the masks of the whole training (e.g.
/// step times layers plus layer), global_row is the row's position in the global batch. The masks are thus the same on
/// any number of ranks. Sixteen random bits per unit: the rate is exact to 2^-17. 0 <= rate < 1. Local.
template <class Scalar>
void draw_dropout_mask(std::uint64_t seed, std::uint64_t draw, std::uint64_t global_row, double rate, Scalar* mask,
                       Index units);

/// Dropout of the hidden layers of a network in one step.
struct Dropout {
  double rate = 0;
  std::uint64_t seed = 0, step = 0;
  std::span<const std::uint64_t> places = {};  ///< positions of the rows in the global batch
};
/// Draws the masks of a layer, rows x units. layer: below 64.
template <class Scalar>
void draw_dropout_masks(const Dropout& dropout, std::uint64_t layer, BatchRef<Scalar> masks);

/// Draws the masks of `rows` consecutive rows of a batch.
template <class Scalar>
void draw_dropout_mask(std::uint64_t seed, std::uint64_t draw, std::uint64_t first_global_row, double rate,
                       BatchRef<Scalar> mask);

/// Adds deviation times a standard normal number drawn from (seed, draw, global row): input noise for regularization.
template <class Scalar>
void add_noise(std::uint64_t seed, std::uint64_t draw, std::uint64_t first_global_row, double deviation,
               BatchRef<Scalar> x);

}  // namespace replearn::nn
