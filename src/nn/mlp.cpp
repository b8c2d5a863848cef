#include "nn/mlp_impl.hpp"
#include "nn/mlp_penalty_impl.hpp"

namespace replearn::nn {

template class Mlp<float>;

}  // namespace replearn::nn
