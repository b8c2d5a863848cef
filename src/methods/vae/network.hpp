#pragma once
#include <vector>

#include "methods/vae/decoder.hpp"
#include "methods/vae/encoder.hpp"

namespace replearn::vae {

/// Encoder and decoder with all their weights in one flat array, in this order:
///
///     encoder.<l>.weight  .bias  [.gamma .beta]     of each hidden layer; the first weight inputs x outputs
///     encoder.latent.weight  .bias                  mean, then logarithm of the variance, of each latent dimension
///     decoder.<l>.weight  .bias  [.gamma .beta]
///     decoder.output.weight  .bias                  m x width
///     decoder.zero.weight  .bias                    zero_inflated only
///     decoder.dispersion                            log theta of each gene; log variance of a Gaussian
template <class Scalar>
struct Network {
  Network() = default;
  explicit Network(const Shape& with) : shape(with), encoder(parameters, with), decoder(parameters, with) {}

  Shape shape;
  nn::Parameters<Scalar> parameters;
  Encoder<Scalar> encoder;
  Decoder<Scalar> decoder;

  /// Initial weights as drawn by PyTorch; log theta standard normal, as in scVI.
  void initialize(std::uint64_t seed);
  /// Running means and variances of batch norm: the state besides the weights; in one array each, or concatenated.
  std::vector<std::vector<double>*> statistics();
  std::vector<double> running_statistics() const;
  void set_running_statistics(const std::vector<double>& values);
};

}  // namespace replearn::vae
