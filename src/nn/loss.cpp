#include "nn/loss_impl.hpp"

namespace replearn::nn {

template double squared_error(ConstBatchRef<float>, ConstBatchRef<float>, float, BatchRef<float>);
template double bernoulli_loss(ConstBatchRef<float>, ConstBatchRef<float>, float, BatchRef<float>, double*);
template double gaussian_loss(ConstBatchRef<float>, ConstBatchRef<float>, ConstBatchRef<float>, float, BatchRef<float>,
                              BatchRef<float>, double*);
template double kl_to_standard_normal(ConstBatchRef<float>, ConstBatchRef<float>, float, BatchRef<float>,
                                      BatchRef<float>);
template double kl_of_gaussians(ConstBatchRef<float>, ConstBatchRef<float>, ConstBatchRef<float>, ConstBatchRef<float>,
                                float, BatchRef<float>, BatchRef<float>, BatchRef<float>, BatchRef<float>);

}  // namespace replearn::nn
