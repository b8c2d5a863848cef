#include "nn/initializer_impl.hpp"

namespace replearn::nn {

template void initialize(Parameters<float>&, const Slice&, Index, Initializer, std::uint64_t, double);

}  // namespace replearn::nn
