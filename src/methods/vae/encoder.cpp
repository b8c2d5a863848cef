#include "methods/vae/encoder_impl.hpp"

namespace replearn::vae {

template class Encoder<float>;

}  // namespace replearn::vae
