// The networks in float64, for gradient checks; the library has float32 only.
#include "methods/bigan/game_impl.hpp"
#include "methods/bigan/mlp_impl.hpp"

namespace replearn::bigan {

template struct EncoderGenerator<double>;
template class Game<double>;
template void form_output(OutputForm, nn::BatchRef<double>);
template class Mlp<double>;

}  // namespace replearn::bigan
