#include "nn/dropout_impl.hpp"

namespace replearn::nn {

template void draw_dropout_mask(std::uint64_t, std::uint64_t, std::uint64_t, double, float*, Index);
template void draw_dropout_mask(std::uint64_t, std::uint64_t, std::uint64_t, double, BatchRef<float>);
template void draw_dropout_masks(const Dropout&, std::uint64_t, BatchRef<float>);
template void add_noise(std::uint64_t, std::uint64_t, std::uint64_t, double, BatchRef<float>);

}  // namespace replearn::nn
