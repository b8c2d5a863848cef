#include "nn/spectral_norm_impl.hpp"

namespace replearn::nn {

template class SpectralNorm<float>;

}  // namespace replearn::nn
