#include "base/random.hpp"

#include <Random123/philox.h>

#include <cmath>
#include <numbers>

namespace replearn {

RandomStream::RandomStream(std::uint64_t seed, Purpose purpose, std::uint64_t global_index)
    : seed_(seed), index_(global_index), purpose_(static_cast<std::uint32_t>(purpose)) {}

std::uint32_t RandomStream::next_u32() {
  if (left_ == 0) {
    // counter = (index low, index high, purpose, block); key = seed
    const r123::Philox4x32::ctr_type counter = {
        {static_cast<std::uint32_t>(index_), static_cast<std::uint32_t>(index_ >> 32), purpose_, block_++}};
    const r123::Philox4x32::key_type key = {
        {static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)}};
    const auto block = r123::Philox4x32{}(counter, key);
    for (int i = 0; i < 4; ++i) ready_[i] = block[i];
    left_ = 4;
  }
  return ready_[4 - left_--];
}

double RandomStream::uniform() {
  const std::uint64_t high = next_u32() >> 5, low = next_u32() >> 6;
  return static_cast<double>((high << 26) | low) * 0x1p-53;
}

double RandomStream::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  const double angle = 2.0 * std::numbers::pi * uniform();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

std::uint32_t RandomStream::below(std::uint32_t bound) {
  // Lemire's method: multiplication, with rejection to remove the bias.
  std::uint64_t product = static_cast<std::uint64_t>(next_u32()) * bound;
  if (static_cast<std::uint32_t>(product) < bound) {
    const std::uint32_t threshold = (0u - bound) % bound;
    while (static_cast<std::uint32_t>(product) < threshold) product = static_cast<std::uint64_t>(next_u32()) * bound;
  }
  return static_cast<std::uint32_t>(product >> 32);
}

}  // namespace replearn
