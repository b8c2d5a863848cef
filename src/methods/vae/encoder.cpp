#include "methods/vae/encoder.hpp"

#include "nn/initializer.hpp"

namespace replearn::vae {

template <class Scalar>
Encoder<Scalar>::Encoder(nn::Parameters<Scalar>& parameters, const Shape& shape) {
  std::vector<Index> widths = shape.encoder;
  widths.push_back(2 * shape.latent);
  for (std::size_t l = 0; l < widths.size(); ++l) {
    const bool last = l + 1 == widths.size();
    const std::string name = last ? "encoder.latent" : "encoder." + std::to_string(l + 1);
    if (l == 0)
      first_ = nn::InputLayer<Scalar>(parameters, name, shape.encoder_inputs(), widths[0]);
    else
      later_.emplace_back(parameters, name, widths[l - 1], widths[l]);
    if (!last) hidden.emplace_back(parameters, name, widths[l], shape, static_cast<int>(l));
  }
  y_.resize(widths.size());
  dy_.resize(widths.size());
}

template <class Scalar>
void Encoder<Scalar>::initialize(nn::Parameters<Scalar>& parameters, std::uint64_t seed) const {
  constexpr auto kind = nn::Initializer::torch_linear;
  nn::initialize(parameters, first_.weight, first_.inputs(), kind, seed);
  nn::initialize(parameters, first_.bias, first_.inputs(), kind, seed);
  for (const auto& layer : later_) {
    nn::initialize(parameters, layer.weight, layer.inputs(), kind, seed);
    nn::initialize(parameters, layer.bias, layer.inputs(), kind, seed);
  }
}

template <class Scalar>
const nn::Batch<Scalar>& Encoder<Scalar>::forward(const mpi::Communicator& comm,
                                                  const nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells,
                                                  const Dropout& dropout) {
  y_[0].resize(cells.rows(), first_.outputs());
  if (cells.is_sparse())
    first_.forward(parameters, cells.stored_input, y_[0]);
  else
    first_.forward(parameters, cells.dense_input, y_[0]);
  for (std::size_t l = 0; l < later_.size(); ++l) {
    hidden[l].forward(comm, parameters, dropout, y_[l]);
    y_[l + 1].resize(cells.rows(), later_[l].outputs());
    later_[l].forward(parameters, y_[l], y_[l + 1]);
  }
  return y_.back();
}

template <class Scalar>
void Encoder<Scalar>::backward(const mpi::Communicator& comm, nn::Parameters<Scalar>& parameters,
                               const Cells<Scalar>& cells, nn::Batch<Scalar>& doutput, nn::GradientSum<Scalar>& sum) {
  nn::Batch<Scalar>* dy = &doutput;
  for (std::size_t l = later_.size(); l-- > 0;) {
    later_[l].backward_parameters(parameters, y_[l], *dy);
    dy_[l].resize(cells.rows(), later_[l].inputs());
    later_[l].backward_input(parameters, *dy, dy_[l]);
    sum.start(later_[l].whole());
    hidden[l].backward(comm, parameters, y_[l], dy_[l]);
    if (hidden[l].norm) sum.start(hidden[l].norm->whole());
    dy = &dy_[l];
  }
  if (cells.is_sparse())
    first_.backward_parameters(parameters, cells.stored_input, *dy);
  else
    first_.backward_parameters(parameters, cells.dense_input, *dy);
  sum.start(first_.whole());
}

template <class Scalar>
void Encoder<Scalar>::apply(const nn::Parameters<Scalar>& parameters, const Cells<Scalar>& cells,
                            nn::Batch<Scalar>& output) const {
  nn::Batch<Scalar> y(cells.rows(), first_.outputs());
  if (cells.is_sparse())
    first_.forward(parameters, cells.stored_input, y);
  else
    first_.forward(parameters, cells.dense_input, y);
  for (std::size_t l = 0; l < later_.size(); ++l) {
    hidden[l].apply(parameters, y);
    output.resize(cells.rows(), later_[l].outputs());
    later_[l].forward(parameters, y, output);
    std::swap(y, output);
  }
  std::swap(y, output);
}

template class Encoder<float>;
template class Encoder<double>;

}  // namespace replearn::vae
