#pragma once
#include <cstdint>
#include <vector>

#include "nn/parameters.hpp"

namespace replearn::nn {

/// Spectral normalization (Miyato et al. 2018): a layer works with W / sigma(W), sigma the largest singular value, so
/// that it lengthens no difference of its inputs. With u and v the singular vectors, which each refresh() brings nearer
/// by one power iteration and which count as constants,
///
///     v = W'u / |W'u|,   u = W v / |W v|,   sigma = u'W v,
///     dL/dW = (G - <G, W / sigma> u v') / sigma,   G = dL/d(W / sigma).
///
/// The model's own flat array holds W; layers look through another of the same layout, which holds W / sigma and what
/// is not normalized (biases) as it is. Local; the same on ranks that hold the same W. 6 flops a weight a refresh.
template <class Scalar>
class SpectralNorm {
 public:
  SpectralNorm() = default;
  /// weights: the slices to normalize. u begins as normal numbers by (seed, offset of the slice).
  SpectralNorm(std::vector<Slice> weights, std::uint64_t seed);
  bool empty() const { return weights_.empty(); }
  /// One power iteration for each weight, then `normalized` gets all values.
  void refresh(const Parameters<Scalar>& parameters, Parameters<Scalar>& normalized);
  /// Adds what the gradients of `normalized` are to `parameters`. Linear in them: ranks may add before or after.
  void pull_back(const Parameters<Scalar>& normalized, Parameters<Scalar>& parameters) const;
  /// The u of all weights, one behind the other: state, belongs in a checkpoint.
  std::vector<Scalar>& left_vectors() { return u_; }
  /// Of each weight, as of the last refresh.
  const std::vector<Scalar>& sigmas() const { return sigma_; }

 private:
  std::vector<Slice> weights_;
  std::vector<Scalar> u_, v_, sigma_;
};

}  // namespace replearn::nn
