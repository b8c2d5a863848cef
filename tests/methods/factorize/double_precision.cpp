// The networks in float64, for gradient checks; the library has float32 only.
#include "methods/factorize/network_impl.hpp"
#include "methods/factorize/pass_impl.hpp"

namespace replearn::factorize {

template struct Network<double>;
template class Pass<double>;

}  // namespace replearn::factorize
