#include "methods/umap/options.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace replearn::umap {
namespace {

/// Half the sum of squared residuals of the curve, with its gradient and Gauss-Newton matrix with respect to (a, b).
struct Misfit {
  double cost = 0, da = 0, db = 0, aa = 0, ab = 0, bb = 0;
};

Misfit misfit(const Curve& curve, double min_dist, double spread) {
  constexpr int distances = 300;
  Misfit sum;
  for (int i = 0; i < distances; ++i) {
    const double d = 3 * spread * i / (distances - 1);
    const double wanted = d < min_dist ? 1 : std::exp(-(d - min_dist) / spread);
    const double power = d > 0 ? std::pow(d, 2 * curve.b) : 0;
    const double value = 1 / (1 + curve.a * power), residual = value - wanted;
    const double by_a = -value * value * power;
    const double by_b = d > 0 ? -value * value * curve.a * power * 2 * std::log(d) : 0;
    sum.cost += residual * residual / 2;
    sum.da += residual * by_a, sum.db += residual * by_b;
    sum.aa += by_a * by_a, sum.ab += by_a * by_b, sum.bb += by_b * by_b;
  }
  return sum;
}

}  // namespace

void Options::validate() const {
  require(dimensions >= 1, "--dimensions", static_cast<double>(dimensions), "choose 1 or more; 2 is usual");
  require(min_dist >= 0, "--min-dist", min_dist, "choose 0 or more");
  require(spread > 0, "--spread", spread, "choose a positive number");
  if (min_dist > spread) {
    throw InputError("", "--min-dist", "is larger than --spread", "choose a smaller distance, or a larger spread");
  }
  require(a >= 0, "--a", a, "choose a positive number, or 0 to fit the curve to --min-dist and --spread");
  require(b >= 0, "--b", b, "choose a positive number, or 0 to fit the curve to --min-dist and --spread");
  if ((a > 0) != (b > 0)) {
    throw InputError("", "--a", "and --b define one curve", "give both, or neither and choose --min-dist and --spread");
  }
  require(epochs >= 0, "--epochs", static_cast<double>(epochs), "choose 1 or more, or 0 for the default");
  require(learning_rate > 0, "--learning-rate", learning_rate, "choose a positive number; 1 is usual");
  require(repulsion_strength >= 0, "--repulsion-strength", repulsion_strength, "choose 0 or more; 1 is usual");
  require(negative_sample_rate >= 0, "--negative-sample-rate", static_cast<double>(negative_sample_rate),
          "choose 0 or more; 5 is usual");
}

Index Options::epochs_for(Index points) const {
  constexpr Index few = 10000;
  if (epochs > 0) return epochs;
  return points <= few ? 500 : 200;
}

Curve Options::curve() const {
  return a > 0 ? Curve{a, b} : fit_curve(min_dist, spread);
}

Curve fit_curve(double min_dist, double spread) {
  Curve curve{1, 1};
  double damping = 1e-3;
  Misfit now = misfit(curve, min_dist, spread);
  for (int step = 0; step < 500; ++step) {  // Levenberg-Marquardt
    const double aa = now.aa * (1 + damping), bb = now.bb * (1 + damping);
    const double determinant = aa * bb - now.ab * now.ab;
    const Curve trial{curve.a - (bb * now.da - now.ab * now.db) / determinant,
                      curve.b - (aa * now.db - now.ab * now.da) / determinant};
    const Misfit next = trial.a > 0 && trial.b > 0 ? misfit(trial, min_dist, spread) : now;
    if (next.cost < now.cost) {
      const bool settled = std::abs(trial.a - curve.a) < 1e-12 * curve.a && std::abs(trial.b - curve.b) < 1e-12 * curve.b;
      curve = trial;
      now = next;
      damping = std::max(damping / 10, 1e-12);
      if (settled) break;
    } else {
      damping *= 10;
      if (damping > 1e12) break;
    }
  }
  return curve;
}

}  // namespace replearn::umap
