#include "methods/vae/network_impl.hpp"

namespace replearn::vae {

template struct Network<float>;

}  // namespace replearn::vae
