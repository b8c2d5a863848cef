#pragma once
#include "base/named_values.hpp"
#include "nn/batch.hpp"

namespace replearn::nn {

enum class Activation { identity, relu, leaky_relu, tanh, sigmoid, softplus };
/// Of hidden layers.
inline const NamedValues<Activation> hidden_activation_names = {{"relu", Activation::relu},
                                                                {"leaky-relu", Activation::leaky_relu},
                                                                {"tanh", Activation::tanh},
                                                                {"softplus", Activation::softplus}};

/// y = f(x), element-wise, in place. slope: slope of leaky_relu below 0. Local.
template <class Scalar>
void activate(Activation kind, BatchRef<Scalar> x, Scalar slope = Scalar(0.01));

/// y = f(x + bias), in place, in one pass after a matrix product. bias: 1 x units. Local.
template <class Scalar>
void add_bias_and_activate(Activation kind, ConstBatchRef<Scalar> bias, BatchRef<Scalar> x,
                           Scalar slope = Scalar(0.01));

/// dy becomes dx = dy f'(x), in place. The derivative of every f can be computed from its value y, so x is not stored:
///
///     relu  1 where y > 0      leaky_relu  1 where y > 0, else slope      tanh  1 - y^2
///     sigmoid  y (1 - y)       softplus  sigmoid(x) = 1 - exp(-y)
///
/// Local.
template <class Scalar>
void activation_backward(Activation kind, ConstBatchRef<Scalar> y, BatchRef<Scalar> dy, Scalar slope = Scalar(0.01));

}  // namespace replearn::nn
