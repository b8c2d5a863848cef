#include "methods/vae/network.hpp"

#include <algorithm>

namespace replearn::vae {
namespace {

/// Calls f(vector) for all running statistics, in order.
template <class Net, class F>
void each_statistic(Net& network, F f) {
  const auto both = [&](auto& layers) {
    for (auto& hidden : layers) {
      if (!hidden.norm) continue;
      f(hidden.norm->running_mean);
      f(hidden.norm->running_variance);
    }
  };
  both(network.encoder.hidden);
  both(network.decoder.hidden);
}

}  // namespace

template <class Scalar>
void Network<Scalar>::initialize(std::uint64_t seed) {
  encoder.initialize(parameters, seed);
  decoder.initialize(parameters, seed);
}

template <class Scalar>
std::vector<std::vector<double>*> Network<Scalar>::statistics() {
  std::vector<std::vector<double>*> all;
  each_statistic(*this, [&](std::vector<double>& values) { all.push_back(&values); });
  return all;
}

template <class Scalar>
std::vector<double> Network<Scalar>::running_statistics() const {
  std::vector<double> all;
  each_statistic(*this,
                 [&](const std::vector<double>& values) { all.insert(all.end(), values.begin(), values.end()); });
  return all;
}

template <class Scalar>
void Network<Scalar>::set_running_statistics(const std::vector<double>& values) {
  auto from = values.begin();
  each_statistic(*this, [&](std::vector<double>& to) {
    std::copy_n(from, to.size(), to.begin());
    from += static_cast<std::ptrdiff_t>(to.size());
  });
}

template struct Network<float>;
template struct Network<double>;

}  // namespace replearn::vae
