#pragma once
#include <cmath>
#include <limits>

#include "base/index.hpp"

namespace replearn::nn {

/// Stops a training whose loss on held-out data has not fallen for `patience` looks at it. A value; every rank that
/// feeds it the same losses decides the same.
class EarlyStopping {
 public:
  EarlyStopping() = default;
  /// patience 0: never stops. A loss counts as lower if it is so by more than min_gain of the best one's size.
  explicit EarlyStopping(Index patience, double min_gain = 1e-4) : patience_(patience), min_gain_(min_gain) {}
  /// One more loss; true if it is the best so far (then its parameters are worth keeping).
  bool is_best(double loss) {
    if (loss < best_ - min_gain_ * (std::isfinite(best_) ? std::abs(best_) : 0)) {
      best_ = loss;
      without_gain_ = 0;
      return true;
    }
    ++without_gain_;
    return false;
  }
  bool should_stop() const { return patience_ > 0 && without_gain_ >= patience_; }
  double best() const { return best_; }
  Index without_gain() const { return without_gain_; }
  void restore(double best, Index without_gain) {
    best_ = best;
    without_gain_ = without_gain;
  }

 private:
  Index patience_ = 0;
  double min_gain_ = 1e-4;
  double best_ = std::numeric_limits<double>::infinity();
  Index without_gain_ = 0;
};

}  // namespace replearn::nn
