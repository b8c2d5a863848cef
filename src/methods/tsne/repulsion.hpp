#pragma once
#include <optional>

#include "base/log.hpp"
#include "methods/tsne/map_view.hpp"
#include "methods/tsne/repulsion_fft.hpp"
#include "methods/tsne/tsne.hpp"

namespace replearn::tsne {

/// Repulsion by the method of the options, selected anew for each map. The choice depends on the map and the options
/// alone, so that neither the number of ranks nor the history of the map affects the bits.
class RepulsionSolver {
 public:
  /// comm must outlive it. Local.
  RepulsionSolver(const mpi::Communicator& comm, const RowPartition& partition, const Options& options, const Log& log);

  /// points: all n x q. All ranks. Logs the method when it changes.
  void compute_repulsion(const MapView& points, Repulsion& result);

 private:
  RepulsionMethod choose(const Grid& grid) const;

  const mpi::Communicator& comm_;
  RowPartition partition_;
  Options options_;
  Log log_;
  std::optional<FftRepulsion> fft_;
  RepulsionMethod logged_method_ = RepulsionMethod::automatic;
};

}  // namespace replearn::tsne
