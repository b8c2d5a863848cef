// The networks in float64, for gradient checks; the library has float32 only.
#include "methods/bigan/game_impl.hpp"
#include "methods/bigan/mlp_impl.hpp"

namespace replearn::bigan {

template struct EncoderGenerator<double>;
template class Game<double>;
template void apply_output_form(OutputForm, nn::BatchRef<double>);
template class Mlp<double>;

}  // namespace replearn::bigan
