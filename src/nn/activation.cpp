#include "nn/activation_impl.hpp"

namespace replearn::nn {

template void activate(Activation, BatchRef<float>, float);
template void add_bias_and_activate(Activation, ConstBatchRef<float>, BatchRef<float>, float);
template void activation_backward(Activation, ConstBatchRef<float>, BatchRef<float>, float);

}  // namespace replearn::nn
