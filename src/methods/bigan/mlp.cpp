#include "methods/bigan/mlp_impl.hpp"

namespace replearn::bigan {

template class Mlp<float>;

}  // namespace replearn::bigan
