#include "methods/factorize/pass_impl.hpp"

namespace replearn::factorize {

template class Pass<float>;

}  // namespace replearn::factorize
