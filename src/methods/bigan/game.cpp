#include "methods/bigan/game_impl.hpp"

namespace replearn::bigan {

template struct EncoderGenerator<float>;
template class Game<float>;
template void apply_output_form(OutputForm, nn::BatchRef<float>);

}  // namespace replearn::bigan
