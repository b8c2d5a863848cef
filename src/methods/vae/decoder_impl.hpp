#pragma once
#include "methods/vae/decoder.hpp"
#include "methods/vae/hidden_layers.hpp"

namespace replearn::vae {

template <class Scalar>
Decoder<Scalar>::Decoder(nn::Parameters<Scalar>& parameters, const Shape& shape) : shape_(shape) {
  const nn::MlpShape hidden = mlp_shape(shape, shape.decoder, 0);
  std::vector<std::string> names;
  for (std::size_t l = 1; l <= shape.decoder.size(); ++l) names.push_back("decoder." + std::to_string(l));
  Index width = shape.decoder_inputs();
  if (has_hidden()) {
    first_ = nn::Linear<Scalar>(parameters, names[0], width, hidden.first_width());
    hidden_ = nn::Mlp<Scalar>(parameters, names, hidden);
    width = shape.decoder.back();
  }
  output_ = nn::Linear<Scalar>(parameters, "decoder.output", width, shape.genes);
  if (shape.likelihood == Likelihood::zero_inflated) {
    zero_ = nn::Linear<Scalar>(parameters, "decoder.zero", width, shape.genes);
  }
  if (shape.likelihood == Likelihood::gaussian)
    dispersion = parameters.add("decoder.dispersion", 1, shape.noise == Noise::isotropic ? 1 : shape.genes);
  else if (shape.counts() && shape.likelihood != Likelihood::poisson)
    dispersion = parameters.add("decoder.dispersion", 1, shape.genes);
}

template <class Scalar>
void Decoder<Scalar>::initialize(nn::Parameters<Scalar>& parameters, std::uint64_t seed) const {
  const auto draw = [&](const nn::Linear<Scalar>& layer) {
    if (layer.weight.rows == 0) return;
    nn::initialize(parameters, layer.weight, layer.inputs(), nn::Initializer::torch_linear, seed);
    nn::initialize(parameters, layer.bias, layer.inputs(), nn::Initializer::torch_linear, seed);
  };
  draw(first_);
  hidden_.initialize(parameters, nn::Initializer::torch_linear, seed);
  draw(output_);
  draw(zero_);
  if (shape_.counts() && dispersion.rows > 0) nn::initialize(parameters, dispersion, 1, nn::Initializer::normal, seed);
}

template <class Scalar>
void Decoder<Scalar>::inputs_of(const Cells<Scalar>& cells, nn::ConstBatchRef<Scalar> z,
                                nn::Batch<Scalar>& inputs) const {
  inputs.resize(z.rows(), shape_.decoder_inputs());
  inputs.leftCols(shape_.latent) = z;
  inputs.rightCols(shape_.condition_levels) = cells.conditions;
}

template <class Scalar>
void Decoder<Scalar>::output_layers(const nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells,
                                    const nn::Batch<Scalar>& last, Outputs<Scalar>& outputs) const {
  outputs.value.resize(last.rows(), shape_.genes);
  output_.forward(parameters, last, outputs.value);
  if (zero_.weight.rows > 0) {
    outputs.zero.resize(last.rows(), shape_.genes);
    zero_.forward(parameters, last, outputs.zero);
  }
  to_log_means(shape_, cells.log_library, outputs.value);
}

template <class Scalar>
double Decoder<Scalar>::forward(const mpi::Communicator& comm, nn::Parameters<Scalar>& parameters,
                                const Cells<Scalar>& cells, nn::ConstBatchRef<Scalar> z, Scalar scale) {
  inputs_of(cells, z, inputs_);
  if (has_hidden()) {
    first_.forward(parameters, inputs_, hidden_.first(z.rows()));
    hidden_.forward(comm, parameters);
  }
  output_layers(parameters, cells, last(), outputs_);
  const auto& weights = parameters;
  return negative_log_likelihood<Scalar>(shape_, weights.matrix(dispersion), outputs_, cells, scale, gradients_,
                                         parameters.gradient(dispersion));
}

template <class Scalar>
void Decoder<Scalar>::backward(const mpi::Communicator& comm, nn::Parameters<Scalar>& parameters,
                               const Cells<Scalar>& cells, nn::GradientSum<Scalar>& sum, nn::Batch<Scalar>& dz) {
  to_log_means_backward(shape_, cells.log_library, outputs_.value, gradients_.value);
  if (dispersion.rows > 0) sum.start(dispersion);
  dlast_.resize(cells.rows(), output_.inputs());
  output_.backward_input(parameters, gradients_.value, dlast_);
  if (zero_.weight.rows > 0) {
    zero_.backward_parameters(parameters, last(), gradients_.zero);
    sum.start(zero_.whole());
    const auto& weights = parameters;
    nn::add_product<Scalar>(gradients_.zero, weights.matrix(zero_.weight), dlast_);
  }
  output_.backward_parameters(parameters, last(), gradients_.value);
  sum.start(output_.whole());
  if (!has_hidden()) {
    dz = dlast_.leftCols(shape_.latent);
    return;
  }
  hidden_.backward(comm, parameters, dlast_, [&](const nn::Slice& piece) { sum.start(piece); });
  first_.backward_parameters(parameters, inputs_, hidden_.first_gradient());
  dinputs_.resize(cells.rows(), first_.inputs());
  first_.backward_input(parameters, hidden_.first_gradient(), dinputs_);
  sum.start(first_.whole());
  dz = dinputs_.leftCols(shape_.latent);
}

template <class Scalar>
void Decoder<Scalar>::apply(const nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells,
                            nn::ConstBatchRef<Scalar> z, Outputs<Scalar>& outputs) const {
  nn::Batch<Scalar> y;
  inputs_of(cells, z, y);
  if (has_hidden()) {
    nn::Batch<Scalar> a(z.rows(), first_.outputs());
    first_.forward(parameters, y, a);
    hidden_.apply(parameters, a);
    y.swap(a);
  }
  output_layers(parameters, cells, y, outputs);
}

template <class Scalar>
void Decoder<Scalar>::losses(const nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells,
                             const Outputs<Scalar>& outputs, std::vector<double>& cell_losses) const {
  cell_losses.resize(cells.rows());
  Outputs<Scalar> unwanted;
  nn::Batch<Scalar> unwanted_too = nn::Batch<Scalar>::Zero(dispersion.rows, dispersion.columns);
  negative_log_likelihood<Scalar>(shape_, parameters.matrix(dispersion), outputs, cells, 1, unwanted, unwanted_too,
                                  cell_losses.data());
}

}  // namespace replearn::vae
