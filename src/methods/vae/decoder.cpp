#include "methods/vae/decoder.hpp"

#include "nn/initializer.hpp"

namespace replearn::vae {

template <class Scalar>
Decoder<Scalar>::Decoder(nn::Parameters<Scalar>& parameters, const Shape& shape) : shape_(shape) {
  Index width = shape.decoder_inputs();
  for (std::size_t l = 0; l < shape.decoder.size(); ++l) {
    const std::string name = "decoder." + std::to_string(l + 1);
    layers_.emplace_back(parameters, name, width, shape.decoder[l]);
    width = shape.decoder[l];
    hidden.emplace_back(parameters, name, width, shape, static_cast<int>(l));
  }
  output_ = nn::Linear<Scalar>(parameters, "decoder.output", width, shape.genes);
  if (shape.likelihood == Likelihood::zero_inflated) {
    zero_ = nn::Linear<Scalar>(parameters, "decoder.zero", width, shape.genes);
  }
  if (shape.likelihood == Likelihood::gaussian)
    dispersion = parameters.add("decoder.dispersion", 1, shape.noise == Noise::isotropic ? 1 : shape.genes);
  else if (shape.counts() && shape.likelihood != Likelihood::poisson)
    dispersion = parameters.add("decoder.dispersion", 1, shape.genes);
  y_.resize(layers_.size() + 1);
  dy_.resize(layers_.size() + 1);
}

template <class Scalar>
void Decoder<Scalar>::initialize(nn::Parameters<Scalar>& parameters, std::uint64_t seed) const {
  const auto draw = [&](const nn::Linear<Scalar>& layer) {
    if (layer.weight.rows == 0) return;
    nn::initialize(parameters, layer.weight, layer.inputs(), nn::Initializer::torch_linear, seed);
    nn::initialize(parameters, layer.bias, layer.inputs(), nn::Initializer::torch_linear, seed);
  };
  for (const auto& layer : layers_) draw(layer);
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
double Decoder<Scalar>::forward(const mpi::Communicator& comm, nn::Parameters<Scalar>& parameters,
                                const Cells<Scalar>& cells, nn::ConstBatchRef<Scalar> z, Scalar scale) {
  inputs_of(cells, z, y_[0]);
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    y_[l + 1].resize(z.rows(), layers_[l].outputs());
    layers_[l].forward(parameters, y_[l], y_[l + 1]);
    hidden[l].forward(comm, parameters, {}, y_[l + 1]);
  }
  outputs_.value.resize(z.rows(), shape_.genes);
  output_.forward(parameters, y_.back(), outputs_.value);
  if (zero_.weight.rows > 0) {
    outputs_.zero.resize(z.rows(), shape_.genes);
    zero_.forward(parameters, y_.back(), outputs_.zero);
  }
  to_log_means(shape_, cells.log_library, outputs_.value);
  const auto& weights = parameters;
  return negative_log_likelihood<Scalar>(shape_, weights.matrix(dispersion), outputs_, cells, scale, gradients_,
                                         parameters.gradient(dispersion));
}

template <class Scalar>
void Decoder<Scalar>::backward(const mpi::Communicator& comm, nn::Parameters<Scalar>& parameters,
                               const Cells<Scalar>& cells, nn::GradientSum<Scalar>& sum, nn::Batch<Scalar>& dz) {
  to_log_means_backward(shape_, cells.log_library, outputs_.value, gradients_.value);
  if (dispersion.rows > 0) sum.start(dispersion);
  auto& dlast = dy_.back();
  dlast.resize(cells.rows(), output_.inputs());
  output_.backward_input(parameters, gradients_.value, dlast);
  if (zero_.weight.rows > 0) {
    zero_.backward_parameters(parameters, y_.back(), gradients_.zero);
    sum.start(zero_.whole());
    const auto& weights = parameters;
    dlast.noalias() += gradients_.zero * weights.matrix(zero_.weight);
  }
  output_.backward_parameters(parameters, y_.back(), gradients_.value);
  sum.start(output_.whole());
  for (std::size_t l = layers_.size(); l-- > 0;) {
    hidden[l].backward(comm, parameters, y_[l + 1], dy_[l + 1]);
    if (hidden[l].norm) sum.start(hidden[l].norm->whole());
    layers_[l].backward_parameters(parameters, y_[l], dy_[l + 1]);
    dy_[l].resize(cells.rows(), layers_[l].inputs());
    layers_[l].backward_input(parameters, dy_[l + 1], dy_[l]);
    sum.start(layers_[l].whole());
  }
  dz = dy_[0].leftCols(shape_.latent);
}

template <class Scalar>
void Decoder<Scalar>::apply(const nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells,
                            nn::ConstBatchRef<Scalar> z, Outputs<Scalar>& outputs) const {
  nn::Batch<Scalar> y, next;
  inputs_of(cells, z, y);
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    next.resize(z.rows(), layers_[l].outputs());
    layers_[l].forward(parameters, y, next);
    hidden[l].apply(parameters, next);
    std::swap(y, next);
  }
  outputs.value.resize(z.rows(), shape_.genes);
  output_.forward(parameters, y, outputs.value);
  if (zero_.weight.rows > 0) {
    outputs.zero.resize(z.rows(), shape_.genes);
    zero_.forward(parameters, y, outputs.zero);
  }
  to_log_means(shape_, cells.log_library, outputs.value);
}

template <class Scalar>
void Decoder<Scalar>::losses(const nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells,
                             const Outputs<Scalar>& outputs, std::vector<double>& of_cells) const {
  of_cells.resize(static_cast<std::size_t>(cells.rows()));
  Outputs<Scalar> unwanted;
  nn::Batch<Scalar> unwanted_too = nn::Batch<Scalar>::Zero(dispersion.rows, dispersion.columns);
  negative_log_likelihood<Scalar>(shape_, parameters.matrix(dispersion), outputs, cells, 1, unwanted, unwanted_too,
                                  of_cells.data());
}

template class Decoder<float>;
template class Decoder<double>;

}  // namespace replearn::vae
