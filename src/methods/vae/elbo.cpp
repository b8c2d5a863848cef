#include "methods/vae/elbo_impl.hpp"

namespace replearn::vae {

template void to_moments(nn::ConstBatchRef<float>, nn::Batch<float>&, nn::Batch<float>&);
template double divergence_from_prior(const nn::Batch<float>&, const nn::Batch<float>&, double*);
template void draw_noise(std::uint64_t, Purpose, std::uint64_t, const std::vector<std::uint64_t>&, nn::Batch<float>&);
template class ElboGradient<float>;

}  // namespace replearn::vae
