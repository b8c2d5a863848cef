#include "nn/products_impl.hpp"

namespace replearn::nn {

template void product(ConstBatchRef<float>, ConstBatchRef<float>, BatchRef<float>);
template void add_product(ConstBatchRef<float>, ConstBatchRef<float>, BatchRef<float>);
template void product_with_transpose(ConstBatchRef<float>, ConstBatchRef<float>, BatchRef<float>);
template void add_transposed_product(ConstBatchRef<float>, ConstBatchRef<float>, BatchRef<float>);

}  // namespace replearn::nn
