#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/checkpoint_manager.hpp"
#include "app/step.hpp"

namespace replearn::app {

/// A job: steps applied to one workspace, in this order. A single verb is a job of one step.
struct Job {
  std::string name;          ///< the verb, for uns/replearn
  std::vector<Step*> steps;  ///< must outlive the call
  JobSettings checkpoints = {};
  JobIdentity identity = {};
  /// The options as used, for uns/replearn; called when the output is written.
  std::function<ValueTree()> record = {};
};

/// Opens the input and checks every step, as the beginning of run_job. All ranks. Throws InputError.
std::unique_ptr<Workspace> open_and_check(Session& session, FileSettings files, const Job& job);

/// Opens the input, checks every step, runs them and writes the output. If a step fails after others have been
/// completed, their results are written; the error then says where.
/// All ranks. Throws InputError, Stopped, SystemError.
void run_job(Session& session, FileSettings files, const Job& job);

}  // namespace replearn::app
