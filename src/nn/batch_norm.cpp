#include "nn/batch_norm_impl.hpp"

namespace replearn::nn {

template class BatchNorm<float>;

}  // namespace replearn::nn
