#pragma once
#include "methods/sammon/arrays.hpp"
#include "methods/sammon/objective.hpp"

/// The descents that need no memory but the points (and a velocity): each is a step rule.
namespace replearn::sammon {

/// The paper's: y(m+1) = y(m) + MF e1 / |e2|, safeguarded as MASS does: a step that would let the objective rise is
/// taken back and MF shrinks, MF grows while it falls. MASS divides by |e2| itself and stops early for it; here it is
/// the guarded curvature of Objective.
class PseudoNewton {
 public:
  PseudoNewton(const Objective& objective, RowMatrixD y, double magic_factor);
  /// One iteration; false if no step leads down. All ranks; 1 evaluation, seldom more.
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

/// Gradient descent with momentum (Polyak's heavy ball), v = momentum v - rate g, y += v, on
/// g = d/dy sum w (d* - d)^2 / (n mean w): so that for equal weights a rate of 1 is where it begins to diverge.
class GradientDescent {
 public:
  GradientDescent(const Objective& objective, RowMatrixD y, RowMatrixD velocity, double learning_rate, double momentum);
  /// One iteration, whether it leads down or up. All ranks; 1 evaluation.
  void step();
  /// Throws InputError saying why if the descent has diverged: the objective is not finite or 1,000 times what it was
  /// (or that of a map of nothing); or, at a rate above the safe one, in 50 steps never was as low as at first (with
  /// equal weights rates from 1 to 1.5 jump about for ever, higher ones go to infinity). history: the objective before
  /// the first step and after each. Local.
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

/// Majorization (de Leeuw 1977; "SMACOF"): the stress lies below a quadratic that touches it at the present points; go
/// to the lowest point of that. Never rises, takes no step length. With equal weights the Guttman transform itself;
/// with others the quadratic's matrix is replaced by a diagonal one above it (Objective::majorant), which needs no
/// inverse of an n x n matrix and takes about twice as many, cheaper steps.
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
