#pragma once
#include <algorithm>

#include "methods/vae/network.hpp"

namespace replearn::vae {
namespace detail {

/// Calls f(vector) for all running statistics, in order.
template <class Net, class F>
void each_statistic(Net& network, F f) {
  const auto both = [&](auto& norms) {
    for (auto& norm : norms) {
      f(norm.running_mean);
      f(norm.running_variance);
    }
  };
  both(network.encoder.norms());
  both(network.decoder.norms());
}

}  // namespace detail

template <class Scalar>
void Network<Scalar>::initialize(std::uint64_t seed) {
  encoder.initialize(parameters, seed);
  decoder.initialize(parameters, seed);
}

template <class Scalar>
std::vector<std::vector<double>*> Network<Scalar>::statistics() {
  std::vector<std::vector<double>*> all;
  detail::each_statistic(*this, [&](std::vector<double>& values) { all.push_back(&values); });
  return all;
}

template <class Scalar>
std::vector<double> Network<Scalar>::running_statistics() const {
  std::vector<double> all;
  detail::each_statistic(
      *this, [&](const std::vector<double>& values) { all.insert(all.end(), values.begin(), values.end()); });
  return all;
}

template <class Scalar>
void Network<Scalar>::set_running_statistics(const std::vector<double>& values) {
  auto from = values.begin();
  detail::each_statistic(*this, [&](std::vector<double>& to) {
    std::copy_n(from, to.size(), to.begin());
    from += static_cast<std::ptrdiff_t>(to.size());
  });
}

}  // namespace replearn::vae
