#pragma once
#include <string>

#include "app/checkpoint_manager.hpp"
#include "app/error_context.hpp"
#include "app/progress_line.hpp"
#include "app/workspace.hpp"

namespace replearn::app {

/// Runs a long computation: resumes it from a checkpoint if there is one, shows its progress, saves it and stops it on
/// request. The interface it needs (tsne::Run is an example):
///
///     void run_until(Index step)      iterates up to that step or the end; all ranks
///     Index step() const              steps done so far
///     bool done() const               the same on all ranks
///     Progress progress() const       of the current step
///     NamedArrays arrays()            the complete state; see data/named_arrays.hpp
///     void resume()                   called after arrays() were restored from a checkpoint; all ranks
///
/// The result must not depend on how the steps are divided into calls of run_until. name: names phase, progress line
/// and checkpoint, so it must be unique in the job.
/// All ranks. Throws Stopped, io::Superseded, and what the computation throws; an error of --learning-rate, a diverged
/// training, mentions the last checkpoint.
template <class Run>
void run_with_checkpoints(Session& session, const std::string& name, const std::string& loss_name, Run& run) {
  CheckpointManager& checkpoints = session.checkpoints();
  PhaseTable& phases = session.phases;
  if (checkpoints.enabled() && phases.measure("checkpoint", [&] { return checkpoints.resume(name, run.arrays()); })) {
    phases.measure(name, [&] { run.resume(); });
  }
  const auto show = progress_line(session, name, loss_name);
  while (!run.done()) {
    with_checkpoint_name(checkpoints.folder(),
                         [&] { phases.measure(name, [&] { run.run_until(checkpoints.next_poll(run.step())); }); });
    if (show) show(run.progress());
    if (checkpoints.poll(name, run.step(), run.done())) {
      phases.measure("checkpoint", [&] { checkpoints.save(name, run.step(), run.arrays()); });
    }
    if (!run.done()) checkpoints.stop_if_requested(name, run.step());
  }
}

}  // namespace replearn::app
