#pragma once
#include "methods/sammon/arrays.hpp"
#include "methods/sammon/objective.hpp"

/// Optimizers with no state but the points (and a velocity): each is a step rule.
namespace replearn::sammon {

/// The iteration of the paper: y(m+1) = y(m) + MF e1 / |e2|, safeguarded as in MASS: a step that increases the
/// objective is undone and MF shrinks; MF grows while the objective falls. MASS divides by |e2| itself and therefore
/// stops early; here the divisor is the guarded curvature of Objective.
class PseudoNewton {
 public:
  PseudoNewton(const Objective& objective, RowMatrixD y, double magic_factor);
  /// One iteration; false if no step decreases the objective. All ranks; usually 1 evaluation.
  bool step();
  const RowMatrixD& points() const { return y_; }
  double magic_factor() const { return magic_; }
  const Objective::ObjectiveValue& here() const { return here_; }

 private:
  const Objective& objective_;
  RowMatrixD y_;
  double magic_;
  Objective::ObjectiveValue here_;
};

/// Gradient descent with momentum (Polyak's heavy ball), v = momentum v - rate g, y += v, on g = d/dy sum w (d* - d)^2
/// / (n mean w), so that with equal weights it begins to diverge at a rate of 1.
class GradientDescent {
 public:
  GradientDescent(const Objective& objective, RowMatrixD y, RowMatrixD velocity, double learning_rate, double momentum);
  /// One iteration, whether or not it decreases the objective. All ranks; 1 evaluation.
  void step();
  /// Throws InputError with the reason if the descent has diverged: the objective is not finite or exceeds 1,000 times
  /// its initial value (or that of a collapsed map); or, at a rate above the safe one, it has never been as low as
  /// at the start in 50 steps (with equal weights, rates from 1 to 1.5 oscillate forever and higher ones go to
  /// infinity). history: the objective before the first step and after each step. Local.
  void check(const std::vector<double>& history) const;
  const RowMatrixD& points() const { return y_; }
  const RowMatrixD& velocity() const { return velocity_; }
  const Objective::ObjectiveValue& here() const { return here_; }

 private:
  const Objective& objective_;
  RowMatrixD y_, velocity_;
  double learning_rate_, momentum_;
  Objective::ObjectiveValue here_;
};

/// Majorization (de Leeuw 1977; "SMACOF"): minimizes a quadratic that touches the stress at the current points and lies
/// above it elsewhere. The stress never rises, and no step length is needed. With equal weights this is the Guttman
/// transform; otherwise the matrix of the quadratic is replaced by a diagonal upper bound (Objective::majorant), which
/// avoids the inverse of an n x n matrix and takes about twice as many, cheaper steps.
class Majorization {
 public:
  Majorization(const Objective& objective, RowMatrixD y);
  /// One iteration. All ranks; 1 evaluation.
  void step();
  const RowMatrixD& points() const { return y_; }
  const Objective::ObjectiveValue& here() const { return here_; }

 private:
  const Objective& objective_;
  RowMatrixD y_, inverse_;
  Objective::ObjectiveValue here_;
};

}  // namespace replearn::sammon
