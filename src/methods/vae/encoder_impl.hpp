#pragma once
#include "methods/vae/encoder.hpp"

namespace replearn::vae {

template <class Scalar>
Encoder<Scalar>::Encoder(nn::Parameters<Scalar>& parameters, const Shape& shape) {
  const nn::MlpShape later = mlp_shape(shape, shape.encoder, 2 * shape.latent);
  std::vector<std::string> names;
  for (std::size_t l = 1; l <= shape.encoder.size(); ++l) names.push_back("encoder." + std::to_string(l));
  names.push_back("encoder.latent");
  first_ = nn::InputLayer<Scalar>(parameters, names[0], shape.encoder_inputs(), later.first_width());
  later_ = nn::Mlp<Scalar>(parameters, names, later);
}

template <class Scalar>
void Encoder<Scalar>::initialize(nn::Parameters<Scalar>& parameters, std::uint64_t seed) const {
  constexpr auto kind = nn::Initializer::torch_linear;
  nn::initialize(parameters, first_.weight, first_.inputs(), kind, seed);
  nn::initialize(parameters, first_.bias, first_.inputs(), kind, seed);
  later_.initialize(parameters, kind, seed);
}

template <class Scalar>
void Encoder<Scalar>::first_layer(const nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells,
                                  nn::Batch<Scalar>& y) const {
  if (cells.is_sparse())
    first_.forward(parameters, cells.stored_input, y);
  else
    first_.forward(parameters, cells.dense_input, y);
}

template <class Scalar>
const nn::Batch<Scalar>& Encoder<Scalar>::forward(const mpi::Communicator& comm,
                                                  const nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells,
                                                  const Dropout& dropout) {
  first_layer(parameters, cells, later_.first(cells.rows()));
  return later_.forward(comm, parameters, dropout);
}

template <class Scalar>
void Encoder<Scalar>::backward(const mpi::Communicator& comm, nn::Parameters<Scalar>& parameters,
                               const Cells<Scalar>& cells, const nn::Batch<Scalar>& doutput,
                               nn::GradientSum<Scalar>& sum) {
  later_.backward(comm, parameters, doutput, [&](const nn::Slice& piece) { sum.start(piece); });
  if (cells.is_sparse())
    first_.backward_parameters(parameters, cells.stored_input, later_.first_gradient());
  else
    first_.backward_parameters(parameters, cells.dense_input, later_.first_gradient());
  sum.start(first_.whole());
}

template <class Scalar>
void Encoder<Scalar>::apply(const nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells,
                            nn::Batch<Scalar>& output) const {
  output.resize(cells.rows(), first_.outputs());
  first_layer(parameters, cells, output);
  later_.apply(parameters, output);
}

}  // namespace replearn::vae
