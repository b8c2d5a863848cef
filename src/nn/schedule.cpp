#include "nn/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace replearn::nn {

double rate_factor(const ScheduleOptions& options, Index step, Index steps) {
  if (step < options.warmup) return static_cast<double>(step + 1) / static_cast<double>(options.warmup);
  const Index span = steps - 1 - options.warmup;
  const double t = span > 0 ? std::min(1.0, static_cast<double>(step - options.warmup) / static_cast<double>(span)) : 0;
  const double f = options.final_share;
  switch (options.kind) {
    case Schedule::constant:
      return 1;
    case Schedule::linear:
      return 1 + (f - 1) * t;
    case Schedule::cosine:
      return f + (1 - f) * (1 + std::cos(std::numbers::pi * t)) / 2;
    case Schedule::exponential:
      return std::pow(f, t);
  }
  return 1;
}

}  // namespace replearn::nn
