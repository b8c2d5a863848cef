#pragma once
#include <algorithm>

#include "methods/bigan/game.hpp"
#include "nn/elementary.hpp"

namespace replearn::bigan {
namespace detail {

inline Shape network_shape(const Options& options, Index inputs, Index outputs, bool reversed) {
  Shape shape{inputs, options.hidden, outputs, options.unit, options.pieces, options.slope, options.batch_norm};
  if (reversed) std::reverse(shape.hidden.begin(), shape.hidden.end());
  return shape;
}

inline nn::Activation activation_of(OutputForm form) {
  switch (form) {
    case OutputForm::identity:
      return nn::Activation::identity;
    case OutputForm::sigmoid:
      return nn::Activation::sigmoid;
    case OutputForm::tanh:
      return nn::Activation::tanh;
    case OutputForm::softplus:
      return nn::Activation::softplus;
  }
  return nn::Activation::identity;
}

/// x of a batch, sparse or dense.
template <class Scalar>
void dense_rows(const Draws<Scalar>& draws, Index m, nn::Batch<Scalar>& x) {
  if (!draws.is_sparse) {
    x = draws.x;
    return;
  }
  const auto& sparse = draws.sparse_x;
  x.setZero(draws.rows(), m);
  for (Index i = 0; i < draws.rows(); ++i) {
    for (auto at = static_cast<std::size_t>(sparse.begin(i)); at < static_cast<std::size_t>(sparse.end(i)); ++at)
      x(i, sparse.indices[at]) = sparse.values[at];
    if (draws.shift) x.row(i) -= *draws.shift;
  }
}

/// The weights of the two networks are drawn with different seeds, since the offsets of both arrays start at 0.
constexpr std::uint64_t discriminator_seed = std::uint64_t{1} << 63;

}  // namespace detail

template <class Scalar>
EncoderGenerator<Scalar>::EncoderGenerator(const Options& options, Index columns)
    : kind(options.encoder),
      output(options.output),
      latent(options.latent),
      encoder(parameters, "encoder",
              detail::network_shape(options, columns,
                                    options.latent * (options.encoder == EncoderKind::stochastic ? 2 : 1), false)),
      generator(parameters, "generator", detail::network_shape(options, options.latent, columns, true)) {}

template <class Scalar>
void apply_output_form(OutputForm form, nn::BatchRef<Scalar> x) {
  nn::activate<Scalar>(detail::activation_of(form), x);
}

template <class Scalar>
Game<Scalar>::Game(const Options& options, Index columns) : encoder_generator(options, columns), options_(options) {
  const Shape shape{columns + options.latent,
                    options.discriminator_hidden,
                    1,
                    options.discriminator_unit,
                    options.pieces,
                    options.slope,
                    options.discriminator_batch_norm};
  discriminator_ = Mlp<Scalar>(discriminator_weights, "discriminator", shape);
  encoder_generator.encoder.initialize(encoder_generator.parameters, options.initializer, options.initial_scale,
                                       options.seed);
  encoder_generator.generator.initialize(encoder_generator.parameters, options.initializer, options.initial_scale,
                                         options.seed);
  discriminator_.initialize(discriminator_weights, options.initializer, options.initial_scale,
                            options.seed ^ detail::discriminator_seed);
  if (options.spectral_norm) {
    spectral = nn::SpectralNorm<Scalar>(discriminator_.weights(), options.seed);
    normalized_ = discriminator_weights;
  }
}

template <class Scalar>
nn::Parameters<Scalar>& Game<Scalar>::effective_weights() {
  return spectral.empty() ? discriminator_weights : normalized_;
}

template <class Scalar>
void Game<Scalar>::make_pairs(const mpi::Communicator& comm, const Draws<Scalar>& draws) {
  const Index rows = draws.rows(), q = encoder_generator.latent;
  const Patch<Scalar> x = draws.patch(), z{0, 0, nullptr, &draws.z, nullptr};
  const Batch& code = encoder_generator.encoder.forward(comm, encoder_generator.parameters, {&x, 1}, rows);
  encoded_ = code.leftCols(q);
  if (encoder_generator.kind == EncoderKind::stochastic) {
    deviation_ = code.rightCols(q).unaryExpr([](Scalar v) { return nn::exponential(v / 2); });
    encoded_ += deviation_.cwiseProduct(draws.noise);
  }
  generated_ = encoder_generator.generator.forward(comm, encoder_generator.parameters, {&z, 1}, rows);
  apply_output_form<Scalar>(encoder_generator.output, generated_);
}

/// Encoder pairs first, then generator pairs.
template <class Scalar>
std::vector<Patch<Scalar>> Game<Scalar>::pairs(const Draws<Scalar>& draws) const {
  const Index rows = draws.rows(), m = encoder_generator.columns();
  return {draws.patch(),
          {0, m, nullptr, &encoded_, nullptr},
          {rows, 0, nullptr, &generated_, nullptr},
          {rows, m, nullptr, &draws.z, nullptr}};
}

template <class Scalar>
nn::Batch<Scalar>& Game<Scalar>::logits(const mpi::Communicator& comm, const Draws<Scalar>& draws) {
  if (!spectral.empty()) spectral.refresh(discriminator_weights, normalized_);
  return discriminator_.forward(comm, effective_weights(), pairs(draws), 2 * draws.rows());
}

template <class Scalar>
double Game<Scalar>::penalize_interpolates(const mpi::Communicator& comm, const Draws<Scalar>& draws, Scalar weight) {
  const Index rows = draws.rows(), m = encoder_generator.columns();
  detail::dense_rows(draws, m, x_interpolated_);
  z_interpolated_ = encoded_;
  for (Index i = 0; i < rows; ++i) {
    const Scalar share = draws.interpolation(i, 0);
    x_interpolated_.row(i) += share * (generated_.row(i) - x_interpolated_.row(i));
    z_interpolated_.row(i) += share * (draws.z.row(i) - z_interpolated_.row(i));
  }
  const std::vector<Patch<Scalar>> patches = {{0, 0, nullptr, &x_interpolated_, nullptr},
                                              {0, m, nullptr, &z_interpolated_, nullptr}};
  const Batch zeros = Batch::Zero(discriminator_.forward(comm, effective_weights(), patches, rows).rows(), 1);
  const Scalar length = discriminator_.penalize_gradient(effective_weights(), 0, rows, weight);
  // Propagates the second derivatives of smooth units.
  discriminator_.backward(comm, effective_weights(), patches, zeros);
  return static_cast<double>(length);
}

template <class Scalar>
DiscriminatorLoss Game<Scalar>::discriminator_gradients(const mpi::Communicator& comm, const Draws<Scalar>& draws,
                                                        Index n, bool penalize, const Finished& finished) {
  const Index rows = draws.rows();
  const auto weight = static_cast<Scalar>(options_.penalty_weight * static_cast<double>(options_.penalty_every) /
                                          static_cast<double>(n));
  const auto inputs = pairs(draws);
  const bool normalizes = !spectral.empty();
  if (normalizes) normalized_.zero_gradients();
  DiscriminatorLoss result;
  const Batch& f = logits(comm, draws);
  const Scalar target = 1 - static_cast<Scalar>(options_.label_smoothing), share = 1 / static_cast<Scalar>(n);
  dlogits_.resize(2 * rows, 1);
  for (Index i = 0; i < rows; ++i) {
    const Scalar encoder_logit = f(i, 0), generator_logit = f(rows + i, 0);
    result.loss +=
        static_cast<double>(nn::softplus(encoder_logit) - target * encoder_logit + nn::softplus(generator_logit));
    result.correct_encoder += encoder_logit > 0;
    result.correct_generator += generator_logit < 0;
    dlogits_(i, 0) = share * (nn::sigmoid(encoder_logit) - target);
    dlogits_(rows + i, 0) = share * nn::sigmoid(generator_logit);
  }
  if (penalize && options_.penalty == Penalty::between) {
    result.gradient = penalize_interpolates(comm, draws, weight);
    discriminator_.forward(comm, effective_weights(), inputs, 2 * rows);
  } else if (penalize) {
    const Index where = options_.penalty == Penalty::both ? 2 * rows : rows;
    result.gradient = static_cast<double>(discriminator_.penalize_gradient(effective_weights(), 0, where, weight));
  }
  discriminator_.backward(comm, effective_weights(), inputs, dlogits_, true, normalizes ? Finished() : finished);
  if (normalizes) {
    spectral.pull_back(normalized_, discriminator_weights);
    if (finished) finished({0, 1, discriminator_weights.size()});
  }
  return result;
}

/// Gradients of cycle_weight |x - G(z^)|^2 / m, times share: those of the generator, and those with respect to z^,
/// which are added to dencoded_. Returns the sum without share.
template <class Scalar>
double Game<Scalar>::cycle_gradients(const mpi::Communicator& comm, const Draws<Scalar>& draws, Scalar share,
                                     const Finished& finished) {
  const Index rows = draws.rows(), m = encoder_generator.columns();
  const auto weight = static_cast<Scalar>(options_.cycle_weight / static_cast<double>(m));
  const Patch<Scalar> code{0, 0, nullptr, &encoded_, nullptr};
  // Running statistics are those of codes drawn from the prior, as used for sampling.
  reconstructed_ = encoder_generator.generator.forward(comm, encoder_generator.parameters, {&code, 1}, rows, false);
  apply_output_form<Scalar>(encoder_generator.output, reconstructed_);
  detail::dense_rows(draws, m, dgenerated_);
  dgenerated_ = reconstructed_ - dgenerated_;
  const auto loss = static_cast<double>(weight * dgenerated_.squaredNorm());
  dgenerated_ *= 2 * weight * share;
  nn::activation_backward<Scalar>(detail::activation_of(encoder_generator.output), reconstructed_, dgenerated_);
  encoder_generator.generator.backward(comm, encoder_generator.parameters, {&code, 1}, dgenerated_, true, finished);
  Batch by_code(rows, encoder_generator.latent);
  encoder_generator.generator.input_gradient(encoder_generator.parameters, 0, 0, by_code);
  dencoded_ += by_code;
  return loss;
}

template <class Scalar>
double Game<Scalar>::generator_gradients(const mpi::Communicator& comm, const Draws<Scalar>& draws, Index n,
                                         const Finished& finished) {
  const Index rows = draws.rows(), m = encoder_generator.columns(), q = encoder_generator.latent;
  const Batch& f = logits(comm, draws);
  const bool saturating = options_.generator_loss == GeneratorLoss::saturating;
  const Scalar share = 1 / static_cast<Scalar>(n);
  double loss = 0;
  dlogits_.resize(2 * rows, 1);
  for (Index i = 0; i < rows; ++i) {
    const Scalar encoder_logit = f(i, 0), generator_logit = f(rows + i, 0);
    if (saturating) {
      loss -= static_cast<double>(nn::softplus(-encoder_logit) + nn::softplus(generator_logit));
      dlogits_(i, 0) = share * nn::sigmoid(-encoder_logit);
      dlogits_(rows + i, 0) = -share * nn::sigmoid(generator_logit);
    } else {
      loss += static_cast<double>(nn::softplus(encoder_logit) + nn::softplus(-generator_logit));
      dlogits_(i, 0) = share * nn::sigmoid(encoder_logit);
      dlogits_(rows + i, 0) = -share * nn::sigmoid(-generator_logit);
    }
  }
  discriminator_.backward(comm, effective_weights(), pairs(draws), dlogits_, false);
  dencoded_.resize(rows, q);
  dgenerated_.resize(rows, m);
  discriminator_.input_gradient(effective_weights(), 0, m, dencoded_);
  discriminator_.input_gradient(effective_weights(), rows, 0, dgenerated_);

  nn::activation_backward<Scalar>(detail::activation_of(encoder_generator.output), generated_, dgenerated_);
  const Patch<Scalar> x = draws.patch(), z{0, 0, nullptr, &draws.z, nullptr};
  const bool cycle = options_.cycle_weight > 0;
  encoder_generator.generator.backward(comm, encoder_generator.parameters, {&z, 1}, dgenerated_, true,
                                       cycle ? Finished() : finished);
  if (cycle) loss += cycle_gradients(comm, draws, share, finished);
  if (encoder_generator.kind == EncoderKind::stochastic) {
    Batch dcode(rows, 2 * q);
    dcode.leftCols(q) = dencoded_;
    dcode.rightCols(q) = dencoded_.cwiseProduct(draws.noise).cwiseProduct(deviation_) / 2;
    encoder_generator.encoder.backward(comm, encoder_generator.parameters, {&x, 1}, dcode, true, finished);
  } else {
    encoder_generator.encoder.backward(comm, encoder_generator.parameters, {&x, 1}, dencoded_, true, finished);
  }
  return loss;
}

}  // namespace replearn::bigan
