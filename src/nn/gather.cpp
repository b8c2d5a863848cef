#include "nn/gather_impl.hpp"

namespace replearn::nn {

template void gather(const Matrix&, std::span<const Index>, SparseBatch<float>&);
template void gather(const Matrix&, std::span<const Index>, Batch<float>&);

}  // namespace replearn::nn
