#include "methods/bigan/game_impl.hpp"

namespace replearn::bigan {

template struct EncoderGenerator<float>;
template class Game<float>;
template void form_output(OutputForm, nn::BatchRef<float>);

}  // namespace replearn::bigan
