#pragma once
#include "data/named_arrays.hpp"

namespace replearn::sammon {

/// One way to minimize the objective: an iteration that moves the points. The schedule (schedule.hpp) starts each
/// optimizer from given points, L-BFGS several times.
class Optimizer {
 public:
  Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;
  virtual ~Optimizer() = default;

  /// For progress and figures: "l-bfgs".
  virtual const char* name() const = 0;
  /// Starts from the points y (local rows x q). All ranks; usually 1 evaluation.
  virtual void start(RowMatrixD y) = 0;
  /// One iteration; false, and the points stay, if no step decreases the objective. All ranks.
  virtual bool step() = 0;
  /// Local rows x q.
  virtual const RowMatrixD& points() const = 0;
  /// The objective at the points.
  virtual double value() const = 0;

  /// State for a checkpoint, whether or not it has started: apart from the options, all that a later step depends on.
  virtual NamedArrays arrays() = 0;
  /// Continues from the restored arrays(). All ranks; at most 1 evaluation.
  virtual void resume() = 0;
};

}  // namespace replearn::sammon
