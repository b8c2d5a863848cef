#pragma once
#include "base/index.hpp"

namespace replearn::nn {

/// Learning-rate schedule.
enum class Schedule { constant, linear, cosine, exponential };

struct ScheduleOptions {
  Schedule kind = Schedule::constant;
  Index warmup = 0;        ///< steps over which the rate rises linearly from 0
  double final_share = 0;  ///< fraction of the rate at the last step (exponential: must be above 0)
};

/// Factor of the learning rate at a step (0 <= step < steps); from the end of warm-up to the last step:
///
///     constant 1;   linear 1 + (f - 1) t;   cosine f + (1 - f) (1 + cos pi t) / 2;   exponential f^t,   t from 0 to 1.
///
/// Local.
double rate_factor(const ScheduleOptions& options, Index step, Index steps);

}  // namespace replearn::nn
