#pragma once
#include <cmath>
#include <limits>

#include "data/named_arrays.hpp"

namespace replearn::nn {

/// Stops training when the held-out loss has not decreased for `patience` evaluations. A value type; ranks that pass
/// the same losses make the same decision.
class EarlyStopping {
 public:
  EarlyStopping() = default;
  /// patience 0: never stops. A loss counts as lower if the relative decrease exceeds min_gain.
  explicit EarlyStopping(Index patience, double min_gain = 1e-4) : patience_(patience), min_gain_(min_gain) {}
  /// Adds a loss; returns true if it is the best so far (its parameters should then be saved).
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
  /// State for a checkpoint.
  NamedArrays arrays() { return {{"best/loss", &best_, {}}, {"best/epochs_since", &without_gain_, {}}}; }

 private:
  Index patience_ = 0;
  double min_gain_ = 1e-4;
  double best_ = std::numeric_limits<double>::infinity();
  Index without_gain_ = 0;
};

}  // namespace replearn::nn
