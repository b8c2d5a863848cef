#include "methods/factorize/network_impl.hpp"

namespace replearn::factorize {

template struct Network<float>;

}  // namespace replearn::factorize
