#pragma once
#include <string>

#include "cli/checkpoint_manager.hpp"
#include "cli/progress_line.hpp"
#include "cli/workspace.hpp"

namespace replearn::cli {

/// Drives a long computation to its end: takes it up from a checkpoint if there is one, shows how far it is, has it
/// kept and stopped by the session's keeper. All that a method has to give for it (tsne::Run is one):
///
///     void run_until(Index step)      goes on to that step, or to the end; all ranks
///     Index step() const              done so far
///     bool done() const               the same on all ranks
///     Progress progress() const       of the present step
///     NamedArrays arrays()            all that the next steps depend on; see data/named_arrays.hpp
///     void resume()                  called when arrays() were filled from a checkpoint; all ranks
///
/// However the steps are cut into calls of run_until, the result must be the same. name: of the phase, of the progress
/// line and of the checkpoint, so no other computation of the job may have it.
/// All ranks. Throws Stopped, io::Superseded, and what the computation throws.
template <class Run>
void drive(Session& session, const std::string& name, const std::string& loss_name, Run& run) {
  CheckpointManager& checkpoints = session.checkpoints();
  PhaseTable& phases = session.phases;
  if (checkpoints.keeps() && phases.measure("checkpoint", [&] { return checkpoints.resume(name, run.arrays()); })) {
    phases.measure(name, [&] { run.resume(); });
  }
  const auto show = progress_line(session.log, name, loss_name);
  while (!run.done()) {
    phases.measure(name, [&] { run.run_until(checkpoints.next_look(run.step())); });
    if (show) show(run.progress());
    if (checkpoints.look(name, run.step(), run.done())) {
      phases.measure("checkpoint", [&] { checkpoints.save(name, run.step(), run.arrays()); });
    }
    if (!run.done()) checkpoints.stop_if_wanted(name, run.step());
  }
}

}  // namespace replearn::cli
