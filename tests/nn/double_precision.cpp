// The networks in float64, for gradient checks; the library has float32 only.
#include "nn/activation_impl.hpp"
#include "nn/batch_norm_impl.hpp"
#include "nn/count_loss_impl.hpp"
#include "nn/dropout_impl.hpp"
#include "nn/gather_impl.hpp"
#include "nn/initializer_impl.hpp"
#include "nn/loss_impl.hpp"
#include "nn/mlp_impl.hpp"
#include "nn/mlp_penalty_impl.hpp"
#include "nn/optimizer_impl.hpp"
#include "nn/products_impl.hpp"
#include "nn/spectral_norm_impl.hpp"

namespace replearn::nn {

template void activate(Activation, BatchRef<double>, double);
template void add_bias_and_activate(Activation, ConstBatchRef<double>, BatchRef<double>, double);
template void activation_backward(Activation, ConstBatchRef<double>, BatchRef<double>, double);
template class BatchNorm<double>;
template double poisson_loss(ConstBatchRef<double>, ConstBatchRef<double>, double, BatchRef<double>);
template double poisson_loss(ConstBatchRef<double>, const SparseBatch<double>&, double, BatchRef<double>, double*);
template double negative_binomial_loss(ConstBatchRef<double>, ConstBatchRef<double>, ConstBatchRef<double>, double,
                                       BatchRef<double>, BatchRef<double>);
template double negative_binomial_loss(ConstBatchRef<double>, ConstBatchRef<double>, const SparseBatch<double>&, double,
                                       BatchRef<double>, BatchRef<double>, double*);
template double zero_inflated_negative_binomial_loss(ConstBatchRef<double>, ConstBatchRef<double>,
                                                     ConstBatchRef<double>, ConstBatchRef<double>, double,
                                                     BatchRef<double>, BatchRef<double>, BatchRef<double>);
template double zero_inflated_negative_binomial_loss(ConstBatchRef<double>, ConstBatchRef<double>,
                                                     ConstBatchRef<double>, const SparseBatch<double>&, double,
                                                     BatchRef<double>, BatchRef<double>, BatchRef<double>, double*);
template void draw_dropout_mask(std::uint64_t, std::uint64_t, std::uint64_t, double, double*, Index);
template void draw_dropout_mask(std::uint64_t, std::uint64_t, std::uint64_t, double, BatchRef<double>);
template void add_noise(std::uint64_t, std::uint64_t, std::uint64_t, double, BatchRef<double>);
template void draw_dropout_masks(const Dropout&, std::uint64_t, BatchRef<double>);
template void gather(const Matrix&, std::span<const Index>, SparseBatch<double>&);
template void gather(const Matrix&, std::span<const Index>, Batch<double>&);
template void initialize(Parameters<double>&, const Slice&, Index, Initializer, std::uint64_t, double);
template double squared_error(ConstBatchRef<double>, ConstBatchRef<double>, double, BatchRef<double>);
template double bernoulli_loss(ConstBatchRef<double>, ConstBatchRef<double>, double, BatchRef<double>, double*);
template double gaussian_loss(ConstBatchRef<double>, ConstBatchRef<double>, ConstBatchRef<double>, double,
                              BatchRef<double>, BatchRef<double>, double*);
template double kl_to_standard_normal(ConstBatchRef<double>, ConstBatchRef<double>, double, BatchRef<double>,
                                      BatchRef<double>);
template double kl_of_gaussians(ConstBatchRef<double>, ConstBatchRef<double>, ConstBatchRef<double>,
                                ConstBatchRef<double>, double, BatchRef<double>, BatchRef<double>, BatchRef<double>,
                                BatchRef<double>);
template class Mlp<double>;
template class Optimizer<double>;
template void product(ConstBatchRef<double>, ConstBatchRef<double>, BatchRef<double>);
template void add_product(ConstBatchRef<double>, ConstBatchRef<double>, BatchRef<double>);
template void product_with_transpose(ConstBatchRef<double>, ConstBatchRef<double>, BatchRef<double>);
template void add_transposed_product(ConstBatchRef<double>, ConstBatchRef<double>, BatchRef<double>);
template class SpectralNorm<double>;

}  // namespace replearn::nn
