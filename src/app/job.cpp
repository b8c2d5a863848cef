#include "app/job.hpp"

#include <algorithm>

#include "app/checkpoint_manager.hpp"
#include "app/error_context.hpp"
#include "app/forecast/plan.hpp"
#include "base/error.hpp"

namespace replearn::app {
namespace {

/// NaN in the input is read either as missing values or as an error, for all steps alike.
bool allow_missing(const std::vector<Step*>& steps) {
  const auto allows = [](const Step* step) { return step->allows_missing() || step->follows_output(); };
  const auto first = std::find_if(steps.begin(), steps.end(), [](const Step* step) { return step->allows_missing(); });
  if (first == steps.end()) return false;
  const auto refusing = std::find_if_not(steps.begin(), steps.end(), allows);
  if (refusing == steps.end()) return true;
  throw InputError("", "--" + (*first)->name() + ".missing",
                   "missing values are not supported by " + (*refusing)->name() + ", another step of this run",
                   "run replearn " + (*first)->name() + " on its own");
}

/// Checks the settings of all steps against the input before the first one runs.
void check(Workspace& work, const std::vector<Step*>& steps) {
  StepResults earlier;
  for (auto* step : steps) {
    step->check(work, earlier);
    const auto added = step->results();
    earlier.columns.insert(earlier.columns.end(), added.columns.begin(), added.columns.end());
    earlier.embeddings.insert(earlier.embeddings.end(), added.embeddings.begin(), added.embeddings.end());
  }
}

void commit(Workspace& work, const Job& job, const std::string& failed = "") {
  work.commit(job.name, job.record ? job.record() : ValueTree(), failed);
}

/// After a failed step: writes the results of the steps before it, then throws the error, which mentions the file.
[[noreturn]] void save_completed_steps(Workspace& work, const Job& job, const std::string& failed,
                                       const std::vector<std::string>& completed, const InputError& error) {
  if (completed.empty()) throw error;
  commit(work, job, failed);
  std::string steps;
  for (const auto& name : completed) steps += (steps.empty() ? "" : ", ") + name;
  throw InputError(error.file(), error.place(), error.problem(),
                   error.hint() + (error.hint().empty() ? "" : "; ") + work.output_path() +
                       " contains the results of the steps before: " + steps);
}

}  // namespace

std::unique_ptr<Workspace> open_and_check(Session& session, FileSettings files, const Job& job) {
  for (const auto* step : job.steps) step->validate();
  files.format.keep_missing = allow_missing(job.steps);
  files.is_overwritten = [&](const std::string& element) {
    return std::any_of(job.steps.begin(), job.steps.end(), [&](const Step* step) { return step->overwrites(element); });
  };
  auto work = std::make_unique<Workspace>(session, files);
  session.enable_checkpoints(job.checkpoints, job.identity);
  with_file_name(work->input_path(), [&] { check(*work, job.steps); });
  return work;
}

void run_job(Session& session, FileSettings files, const Job& job) {
  const auto opened = open_and_check(session, std::move(files), job);
  auto& work = *opened;
  with_file_name(work.input_path(), [&] { log_forecast(work, job.steps); });
  std::vector<std::string> completed;
  bool rows_checked = false;
  for (auto* step : job.steps) {
    if (step->follows_output()) continue;
    try {
      with_file_name(work.input_path(), [&] {
        if (!step->changes_rows() && !rows_checked) {  // the number of cells is known now
          for (const auto* each : job.steps) each->check_rows(work.rows());
          for (const auto* each : job.steps) each->announce(work);
          rows_checked = true;
        }
        step->run(work);
      });
      completed.push_back(step->name());
    } catch (const InputError& error) {
      save_completed_steps(work, job, step->name(), completed, error);
    }
  }
  if (!work.output_path().empty()) commit(work, job);
  for (auto* step : job.steps) {
    if (step->follows_output()) step->run(work);
  }
  session.finish();
}

}  // namespace replearn::app
