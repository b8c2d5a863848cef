#pragma once
#include <cmath>

#include "nn/dropout.hpp"

namespace replearn::nn {

template <class Scalar>
void draw_dropout_mask(std::uint64_t seed, std::uint64_t draw, std::uint64_t global_row, double rate, Scalar* mask,
                       Index units) {
  RandomStream stream(seed, Purpose::dropout, (draw << 32) + global_row);
  const auto dropped = static_cast<std::uint32_t>(std::lround(rate * 65536));
  const auto kept = static_cast<Scalar>(1 / (1 - rate));
  for (Index k = 0; k < units; k += 2) {
    const std::uint32_t bits = stream.next_u32();
    mask[k] = (bits & 0xffff) < dropped ? Scalar(0) : kept;
    if (k + 1 < units) mask[k + 1] = (bits >> 16) < dropped ? Scalar(0) : kept;
  }
}

template <class Scalar>
void draw_dropout_mask(std::uint64_t seed, std::uint64_t draw, std::uint64_t first_global_row, double rate,
                       BatchRef<Scalar> mask) {
  for (Index i = 0; i < mask.rows(); ++i) {
    draw_dropout_mask(seed, draw, first_global_row + static_cast<std::uint64_t>(i), rate, mask.row(i).data(),
                      mask.cols());
  }
}

template <class Scalar>
void draw_dropout_masks(const Dropout& dropout, std::uint64_t layer, BatchRef<Scalar> masks) {
  constexpr std::uint64_t max_layers = 64;  // further hidden layers would share masks
  const std::uint64_t draw = dropout.step * max_layers + layer;
  for (Index i = 0; i < masks.rows(); ++i) {
    draw_dropout_mask<Scalar>(dropout.seed, draw, dropout.places[i], dropout.rate, masks.row(i).data(), masks.cols());
  }
}

template <class Scalar>
void add_noise(std::uint64_t seed, std::uint64_t draw, std::uint64_t first_global_row, double deviation,
               BatchRef<Scalar> x) {
  for (Index i = 0; i < x.rows(); ++i) {
    RandomStream stream(seed, Purpose::input_noise, (draw << 32) + first_global_row + static_cast<std::uint64_t>(i));
    for (Index k = 0; k < x.cols(); ++k) x(i, k) += static_cast<Scalar>(deviation * stream.normal());
  }
}

}  // namespace replearn::nn
