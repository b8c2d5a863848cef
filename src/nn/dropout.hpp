#pragma once
#include <cstdint>

#include "base/random.hpp"
#include "nn/batch.hpp"

namespace replearn::nn {

/// Dropout (Srivastava et al. 2014), scaled in training so that nothing changes afterwards: a unit is kept with
/// probability 1 - rate and then multiplied by 1 / (1 - rate). Forward and backward multiply by the same mask.
///
/// The mask of a row depends on (seed, draw, global_row) alone: `draw` counts the masks of the whole training (step
/// times layers, plus layer, say), global_row is the row's place in the batch over all ranks. So the masks are the same
/// on any number of ranks. Sixteen random bits a unit: the rate is met to 2^-17. 0 <= rate < 1. Local.
template <class Scalar>
void draw_dropout_mask(std::uint64_t seed, std::uint64_t draw, std::uint64_t global_row, double rate, Scalar* mask,
                       Index units);

/// The same for `rows` of a batch that follow each other.
template <class Scalar>
void draw_dropout_mask(std::uint64_t seed, std::uint64_t draw, std::uint64_t first_global_row, double rate,
                       BatchRef<Scalar> mask);

/// x + deviation * a standard normal number by (seed, draw, global row): noise on an input, against overfitting.
template <class Scalar>
void add_noise(std::uint64_t seed, std::uint64_t draw, std::uint64_t first_global_row, double deviation,
               BatchRef<Scalar> x);

}  // namespace replearn::nn
