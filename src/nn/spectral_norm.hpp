#pragma once
#include <cstdint>
#include <vector>

#include "nn/parameters.hpp"

namespace replearn::nn {

/// Spectral normalization (Miyato et al. 2018): a layer uses W / sigma(W), where sigma is the largest singular value,
/// so that it is 1-Lipschitz. The singular vectors u and v are improved by one power iteration per refresh() and
/// treated as constants:
///
///     v = W'u / |W'u|,   u = W v / |W v|,   sigma = u'W v,
///     dL/dW = (G - <G, W / sigma> u v') / sigma,   G = dL/d(W / sigma).
///
/// The model's flat array holds W; layers access a second array of the same layout, which holds W / sigma and a copy of
/// unnormalized parameters (biases). Local; identical on ranks with the same W. 6 flops per weight and refresh.
template <class Scalar>
class SpectralNorm {
 public:
  SpectralNorm() = default;
  /// weights: the slices to normalize. u is initialized with normal numbers drawn from (seed, offset of the slice).
  SpectralNorm(std::vector<Slice> weights, std::uint64_t seed);
  bool empty() const { return weights_.empty(); }
  /// Performs one power iteration per weight and updates all values of `normalized`.
  void refresh(const Parameters<Scalar>& parameters, Parameters<Scalar>& normalized);
  /// Backpropagates the gradients of `normalized` to those of `parameters`. Linear, so ranks may sum before or after.
  void pull_back(const Parameters<Scalar>& normalized, Parameters<Scalar>& parameters) const;
  /// The vectors u of all weights, concatenated: state, saved in checkpoints.
  std::vector<Scalar>& left_vectors() { return u_; }
  /// sigma of each weight at the last refresh.
  const std::vector<Scalar>& sigmas() const { return sigma_; }

 private:
  std::vector<Slice> weights_;
  std::vector<Scalar> u_, v_, sigma_;
};

}  // namespace replearn::nn
