#pragma once
#include <string>

#include "cli/keeper.hpp"
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
///     void take_up()                  called when arrays() were filled from a checkpoint; all ranks
///
/// However the steps are cut into calls of run_until, the result must be the same. name: of the phase, of the progress
/// line and of the checkpoint, so no other computation of the job may have it.
/// All ranks. Throws Stopped, io::Superseded, and what the computation throws.
template <class Run>
void drive(Session& session, const std::string& name, const std::string& loss_name, Run& run) {
  Keeper& keeper = session.keeper();
  PhaseTable& phases = session.phases;
  if (keeper.keeps() && phases.measure("checkpoint", [&] { return keeper.take_up(name, run.arrays()); })) {
    phases.measure(name, [&] { run.take_up(); });
  }
  const auto show = progress_line(session.log, name, loss_name);
  while (!run.done()) {
    phases.measure(name, [&] { run.run_until(keeper.next_look(run.step())); });
    if (show) show(run.progress());
    if (keeper.look(name, run.step(), run.done())) {
      phases.measure("checkpoint", [&] { keeper.save(name, run.step(), run.arrays()); });
    }
    if (!run.done()) keeper.stop_if_wanted(name, run.step());
  }
}

}  // namespace replearn::cli
