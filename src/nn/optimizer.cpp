#include "base/error.hpp"
#include "nn/optimizer_impl.hpp"

namespace replearn::nn {

void OptimizerOptions::validate() const {
  require(learning_rate > 0, "--learning-rate", "must be above 0", "1e-3 is usual");
  require(momentum >= 0 && momentum < 1, "--momentum", "must be from 0 to below 1", "0.9 is usual");
  require(beta1 >= 0 && beta1 < 1, "--beta1", "must be from 0 to below 1", "0.9 is usual");
  require(beta2 >= 0 && beta2 < 1, "--beta2", "must be from 0 to below 1", "0.999 is usual");
  require(smoothing >= 0 && smoothing < 1, "--smoothing", "must be from 0 to below 1", "0.99 is usual");
  require(epsilon > 0, "--epsilon", "must be above 0", "1e-8 is usual");
  require(weight_decay >= 0, "--weight-decay", "must not be negative", "0 is none");
  require(l1 >= 0, "--l1", "must not be negative", "0 is none");
}

template class Optimizer<float>;

}  // namespace replearn::nn
