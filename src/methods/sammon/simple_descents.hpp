#pragma once
#include "methods/sammon/objective.hpp"
#include "methods/sammon/optimizer.hpp"

/// Optimizers with no state but the points (and a velocity): each is a step rule.
namespace replearn::sammon {

/// The iteration of the paper: y(m+1) = y(m) + MF e1 / |e2|, safeguarded as in MASS: a step that increases the
/// objective is undone and MF shrinks; MF grows while the objective falls. MASS divides by |e2| itself and therefore
/// stops early; here the divisor is the guarded curvature of Objective. A step usually costs 1 evaluation.
class PseudoNewton final : public Optimizer {
 public:
  PseudoNewton(const Objective& objective, double magic_factor);
  const char* name() const override { return "pseudo-newton"; }
  void start(RowMatrixD y) override;
  bool step() override;
  const RowMatrixD& points() const override { return y_; }
  double value() const override { return here_.value; }
  NamedArrays arrays() override;
  void resume() override;

 private:
  const Objective& objective_;
  double first_magic_factor_, magic_factor_;
  RowMatrixD y_;
  Objective::ObjectiveValue here_;
};

/// Gradient descent with momentum (Polyak's heavy ball), v = momentum v - rate g, y += v, on g = d/dy sum w (d* - d)^2
/// / (n mean w), so that with equal weights it begins to diverge at a rate of 1. A step costs 1 evaluation.
///
/// A step is taken whether or not it decreases the objective, and throws InputError with the reason if the descent has
/// diverged: the objective is not finite or exceeds 1,000 times its initial value (or that of a collapsed map); or, at
/// a rate above the safe one, it has never been as low as at the start in 50 steps (with equal weights, rates from 1 to
/// 1.5 oscillate forever and higher ones go to infinity).
class GradientDescent final : public Optimizer {
 public:
  GradientDescent(const Objective& objective, double learning_rate, double momentum);
  const char* name() const override { return "gradient descent"; }
  void start(RowMatrixD y) override;
  bool step() override;
  const RowMatrixD& points() const override { return y_; }
  double value() const override { return here_.value; }
  NamedArrays arrays() override;
  void resume() override;

 private:
  void require_descent() const;

  const Objective& objective_;
  double learning_rate_, momentum_;
  RowMatrixD y_, velocity_;
  double initial_value_ = 0;
  Index steps_ = 0, steps_above_start_ = 0;  // the latter: most recent ones, without interruption
  Objective::ObjectiveValue here_;
};

/// Majorization (de Leeuw 1977; "SMACOF"): minimizes a quadratic that touches the stress at the current points and lies
/// above it elsewhere. The stress never rises, and no step length is needed. With equal weights this is the Guttman
/// transform; otherwise the matrix of the quadratic is replaced by a diagonal upper bound (Objective::majorant), which
/// avoids the inverse of an n x n matrix and takes about twice as many, cheaper steps. A step costs 1 evaluation.
class Majorization final : public Optimizer {
 public:
  explicit Majorization(const Objective& objective) : objective_(objective) {}
  const char* name() const override { return "majorization"; }
  void start(RowMatrixD y) override;
  bool step() override;
  const RowMatrixD& points() const override { return y_; }
  double value() const override { return here_.value; }
  NamedArrays arrays() override;
  void resume() override;

 private:
  const Objective& objective_;
  RowMatrixD y_, inverse_majorant_;
  Objective::ObjectiveValue here_;
};

}  // namespace replearn::sammon
