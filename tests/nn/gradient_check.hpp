#pragma once
#include <functional>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "nn/batch.hpp"

namespace replearn::test {

/// df/dx by central differences in float64, one entry of x after the other.
inline std::vector<double> finite_differences(std::span<double> x, const std::function<double()>& f, double h = 1e-5) {
  std::vector<double> gradient;
  for (double& entry : x) {
    const double kept = entry;
    entry = kept + h;
    const double above = f();
    entry = kept - h;
    const double below = f();
    entry = kept;
    gradient.push_back((above - below) / (2 * h));
  }
  return gradient;
}
inline std::vector<double> finite_differences(nn::Batch<double>& x, const std::function<double()>& f) {
  return finite_differences(std::span<double>(x.data(), static_cast<std::size_t>(x.size())), f);
}

/// Normal numbers, the same on every rank.
inline nn::Batch<double> normal_batch(Index rows, Index columns, std::uint64_t seed, double scale = 1) {
  nn::Batch<double> x(rows, columns);
  RandomStream stream(seed, Purpose::test, 1);
  for (Index i = 0; i < x.size(); ++i) x.data()[i] = scale * stream.normal();
  return x;
}

}  // namespace replearn::test
