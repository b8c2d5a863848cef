#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "data/distributed_matrix.hpp"
#include "methods/progress.hpp"
#include "numerics/blocked_distances.hpp"

namespace replearn::sammon {

struct Options {
  Index dimensions = 2;        ///< q of the map
  Index iterations = 500;      ///< at most
  double magic_factor = 0.35;  ///< the paper's MF, 0.3 to 0.4
  double tolerance = 1e-7;     ///< stop when E falls by less than this share of itself over 10 iterations
  Metric metric = Metric::euclidean;

  /// Throws InputError naming the option.
  void validate() const;
};

/// Sammon's map (Sammon 1969, "A nonlinear mapping for data structure analysis"): points y_i in q dimensions whose
/// distances d_ij come near the given d*_ij,
///
///     E = 1/c * sum_{i<j} (d*_ij - d_ij)^2 / d*_ij,     c = sum_{i<j} d*_ij.
///
/// A computation that runs up to step N; equal to the bit on any number of ranks.
class State {
 public:
  /// x: n x D data; start: n x q first configuration (PCA scores, say). All ranks.
  /// Throws InputError if two rows of x coincide (naming them) or a value is not finite.
  State(const mpi::Communicator& comm, const DistributedMatrix& x, const DistributedMatrix& start,
        const Options& options, const Log& log = Log());
  ~State();
  State(State&&) noexcept;
  State& operator=(State&&) noexcept;

  /// Goes on to iteration `step` (or until converged). All ranks.
  void run_until(Index step);
  Index step() const;
  bool converged() const;
  /// E of the present configuration.
  double stress() const;
  /// E before the first iteration and after each.
  const std::vector<double>& stress_history() const;
  /// n x q, centred.
  DistributedMatrix points() const;

 private:
  struct Implementation;
  Implementation* self_;
};

/// Runs a State to the end, calling `progress` now and then. All ranks.
struct Results {
  DistributedMatrix points;
  double stress = 0;
  std::vector<double> stress_history;
};
Results sammon(const mpi::Communicator& comm, const DistributedMatrix& x, const DistributedMatrix& start,
               const Options& options, const ProgressCallback& progress = {}, const Log& log = Log());

}  // namespace replearn::sammon
