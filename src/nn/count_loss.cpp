#include "nn/count_loss_impl.hpp"

namespace replearn::nn {

template double poisson_loss(ConstBatchRef<float>, ConstBatchRef<float>, float, BatchRef<float>);
template double poisson_loss(ConstBatchRef<float>, const SparseBatch<float>&, float, BatchRef<float>, double*);
template double negative_binomial_loss(ConstBatchRef<float>, ConstBatchRef<float>, ConstBatchRef<float>, float,
                                       BatchRef<float>, BatchRef<float>);
template double negative_binomial_loss(ConstBatchRef<float>, ConstBatchRef<float>, const SparseBatch<float>&, float,
                                       BatchRef<float>, BatchRef<float>, double*);
template double zero_inflated_negative_binomial_loss(ConstBatchRef<float>, ConstBatchRef<float>, ConstBatchRef<float>,
                                                     ConstBatchRef<float>, float, BatchRef<float>, BatchRef<float>,
                                                     BatchRef<float>);
template double zero_inflated_negative_binomial_loss(ConstBatchRef<float>, ConstBatchRef<float>, ConstBatchRef<float>,
                                                     const SparseBatch<float>&, float, BatchRef<float>, BatchRef<float>,
                                                     BatchRef<float>, double*);

}  // namespace replearn::nn
