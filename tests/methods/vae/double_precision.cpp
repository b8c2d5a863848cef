// The networks in float64, for gradient checks; the library has float32 only.
#include "methods/vae/data_impl.hpp"
#include "methods/vae/decoder_impl.hpp"
#include "methods/vae/elbo_impl.hpp"
#include "methods/vae/encoder_impl.hpp"
#include "methods/vae/likelihood_impl.hpp"
#include "methods/vae/network_impl.hpp"

namespace replearn::vae {

template void Data::take(std::span<const Index>, Cells<double>&) const;
template class Decoder<double>;
template void to_moments(nn::ConstBatchRef<double>, nn::Batch<double>&, nn::Batch<double>&);
template double divergence_from_prior(const nn::Batch<double>&, const nn::Batch<double>&, double*);
template void draw_noise(std::uint64_t, Purpose, std::uint64_t, const std::vector<std::uint64_t>&, nn::Batch<double>&);
template class ElboGradient<double>;
template class Encoder<double>;
template void to_log_means(const Shape&, const std::vector<double>&, nn::Batch<double>&);
template void to_log_means_backward(const Shape&, const std::vector<double>&, const nn::Batch<double>&,
                                    nn::Batch<double>&);
template double negative_log_likelihood(const Shape&, nn::ConstBatchRef<double>, const Outputs<double>&,
                                        const Cells<double>&, double, Outputs<double>&, nn::BatchRef<double>, double*);
template void to_means(const Shape&, Outputs<double>&);
template struct Network<double>;

}  // namespace replearn::vae
