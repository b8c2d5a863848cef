#include "methods/vae/likelihood_impl.hpp"

namespace replearn::vae {

template void to_log_means(const Shape&, const std::vector<float>&, nn::Batch<float>&);
template void to_log_means_backward(const Shape&, const std::vector<float>&, const nn::Batch<float>&,
                                    nn::Batch<float>&);
template double negative_log_likelihood(const Shape&, nn::ConstBatchRef<float>, const Outputs<float>&,
                                        const Cells<float>&, float, Outputs<float>&, nn::BatchRef<float>, double*);
template void to_means(const Shape&, Outputs<float>&);

}  // namespace replearn::vae
