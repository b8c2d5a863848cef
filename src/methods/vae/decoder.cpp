#include "methods/vae/decoder_impl.hpp"

namespace replearn::vae {

template class Decoder<float>;

}  // namespace replearn::vae
