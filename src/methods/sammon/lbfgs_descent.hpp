#pragma once
#include "methods/sammon/lbfgs_memory.hpp"
#include "methods/sammon/objective.hpp"
#include "methods/sammon/optimizer.hpp"

namespace replearn::sammon {

/// L-BFGS with a line search, preconditioned by 1 / curvature, the initial guess of the inverse Hessian, which is
/// recomputed every ten iterations. The objective never rises. A step usually costs 1 evaluation and about 20 dot
/// products.
class LbfgsDescent final : public Optimizer {
 public:
  /// first_step: fraction of the preconditioned gradient that is tried first.
  LbfgsDescent(const Objective& objective, double first_step);
  /// Penalty of an extra dimension (see Objective) from the next start() or resume() on; 0: there is none.
  void set_penalty(double penalty) { penalty_ = penalty; }

  const char* name() const override { return "l-bfgs"; }
  void start(RowMatrixD y) override;
  bool step() override;
  const RowMatrixD& points() const override { return y_; }
  double value() const override { return value_; }
  NamedArrays arrays() override;
  void resume() override;

 private:
  bool step_from_memory();
  bool search(const RowMatrixD& direction, double slope, double first_step);

  const Objective& objective_;
  double first_step_, penalty_ = 0;
  RowMatrixD y_, gradient_, inverse_curvature_;
  double value_ = 0;
  LbfgsMemory memory_;
  Index steps_ = 0;
};

}  // namespace replearn::sammon
