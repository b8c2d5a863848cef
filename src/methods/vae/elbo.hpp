#pragma once
#include "base/random.hpp"
#include "methods/vae/network.hpp"

namespace replearn::vae {

/// Sums over cells of the two terms of -ELBO: -log p(x|z), including constants such as log x!, and KL(q(z|x) || N(0,
/// 1)).
struct Bound {
  double reconstruction = 0, divergence = 0, cells = 0;
  Bound& operator+=(const Bound& other) {
    reconstruction += other.reconstruction, divergence += other.divergence, cells += other.cells;
    return *this;
  }
  /// ELBO per cell, in nats.
  double elbo() const { return -(reconstruction + divergence) / cells; }
};

/// Splits the encoder's 2 q outputs into mean and variance = e^v + 1e-4 (scVI's floor). Local.
template <class Scalar>
void to_moments(nn::ConstBatchRef<Scalar> output, nn::Batch<Scalar>& mean, nn::Batch<Scalar>& variance);

/// Sum over all entries of (mean^2 + variance - log variance - 1) / 2. of_rows: receives the sum of each row, or
/// nullptr. Local.
template <class Scalar>
double divergence_from_prior(const nn::Batch<Scalar>& mean, const nn::Batch<Scalar>& variance,
                             double* of_rows = nullptr);

/// Standard normal noise by (seed, purpose, draw, row of the data): the same on any number of ranks. Local.
template <class Scalar>
void draw_noise(std::uint64_t seed, Purpose purpose, std::uint64_t draw, const std::vector<std::uint64_t>& rows,
                nn::Batch<Scalar>& noise);

/// Forward and backward pass of one step (Kingma and Welling 2014, "Auto-encoding variational Bayes"): with one draw z
/// = mean + sqrt(variance) e per cell, the gradients of
///
///     scale * sum over cells of (-log p(x|z) + weight * KL(q(z|x) || N(0, 1))).
///
/// Buffers are reused between calls.
template <class Scalar>
class ElboGradient {
 public:
  /// noise: e, B x q. Overwrites the gradients in the network's array; their sums over ranks are still in progress on
  /// return, see `sum`. Returns this rank's share of the bound. All ranks.
  Bound compute(const mpi::Communicator& comm, Network<Scalar>& network, const Cells<Scalar>& cells,
                const nn::Batch<Scalar>& noise, double weight, double scale, const Dropout& dropout,
                nn::GradientSum<Scalar>& sum);

 private:
  nn::Batch<Scalar> mean_, variance_, z_, dz_, doutput_;
};

}  // namespace replearn::vae
