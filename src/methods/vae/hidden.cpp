#include "methods/vae/hidden.hpp"

#include "nn/activation.hpp"
#include "nn/dropout.hpp"

namespace replearn::vae {

/// Maximum number of dropout masks per step; further hidden layers would share masks.
constexpr std::uint64_t layers_in_all = 64;

template <class Scalar>
void Hidden<Scalar>::forward(const mpi::Communicator& comm, const nn::Parameters<Scalar>& parameters,
                             const Dropout& dropout, nn::Batch<Scalar>& y) {
  if (norm) norm->forward(comm, parameters, y, y);
  nn::activate<Scalar>(activation_, y);
  rate_ = dropout.rate;
  if (rate_ == 0) return;
  mask_.resize(y.rows(), y.cols());
  const std::uint64_t draw = dropout.step * layers_in_all + static_cast<std::uint64_t>(layer_);
  for (Index i = 0; i < y.rows(); ++i) {
    nn::draw_dropout_mask<Scalar>(dropout.seed, draw, dropout.places[static_cast<std::size_t>(i)], rate_,
                                  mask_.row(i).data(), mask_.cols());
  }
  y.array() *= mask_.array();
}

template <class Scalar>
void Hidden<Scalar>::backward(const mpi::Communicator& comm, nn::Parameters<Scalar>& parameters, nn::Batch<Scalar>& y,
                              nn::Batch<Scalar>& dy) {
  if (rate_ > 0) {
    // The dropout scaling is undone before f' is computed from the value; dropped units have no gradient.
    dy.array() *= mask_.array();
    y *= static_cast<Scalar>(1 - rate_);
  }
  nn::activation_backward<Scalar>(activation_, y, dy);
  if (norm) norm->backward(comm, parameters, dy);
}

template <class Scalar>
void Hidden<Scalar>::apply(const nn::Parameters<Scalar>& parameters, nn::Batch<Scalar>& y) const {
  if (norm) norm->apply(parameters, y, y);
  nn::activate<Scalar>(activation_, y);
}

template class Hidden<float>;
template class Hidden<double>;

}  // namespace replearn::vae
