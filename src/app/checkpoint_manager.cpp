#include "app/checkpoint_manager.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "app/job_files.hpp"
#include "app/progress_line.hpp"
#include "base/error.hpp"
#include "io/checkpoint/fingerprint.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

constexpr const char* stop_file = "replearn.stop";
constexpr double seconds_between_polls = 0.2;
constexpr double share_of_checkpoints = 0.05;
constexpr double slow_disk = 2e8;        // bytes per second
constexpr double share_of_limit = 0.99;  // of --max-hours; the rest is for the last step and checkpoint

std::string file_name(std::string name) {
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

/// Adds the contents of all input files: checkpoints are invalid if any file has changed. Root.
void add_contents(io::Conditions& conditions, const std::vector<FileOption>& inputs) {
  std::vector<std::string> names, paths;
  for (const auto& option : inputs) {
    const auto files = files_read_by(option);
    if (files.size() > 1) conditions.push_back({"number of files of " + option.name, std::to_string(files.size())});
    for (std::size_t i = 0; i < files.size(); ++i) {
      names.push_back("content of " + option.name + (files.size() > 1 ? fmt::format(", file {}", i + 1) : ""));
      paths.push_back(files[i]);
    }
  }
  const auto contents = io::file_contents(paths);
  for (std::size_t i = 0; i < paths.size(); ++i) conditions.push_back({names[i], contents[i], paths[i]});
}

}  // namespace

void JobSettings::validate() const {
  if (checkpoint_every < 0)
    throw InputError("", "--checkpoint-every", fmt::format("is {:g} s", checkpoint_every), "choose at least 0");
  if (max_hours < 0) throw InputError("", "--max-hours", fmt::format("is {:g}", max_hours), "choose at least 0");
  if (max_hours > 0 && checkpoint.empty())
    throw InputError("", "--max-hours", "needs a checkpoint folder", "add --checkpoint FOLDER");
}

CheckpointManager::CheckpointManager(const mpi::Communicator& comm, const JobSettings& settings,
                                     const JobIdentity& identity, const Log& log)
    : comm_(comm), settings_(settings), log_(log) {
  settings.validate();
  if (settings.checkpoint.empty()) return;
  signals_.emplace();
  io::Conditions conditions = {{"version of replearn", REPLEARN_VERSION}};
  mpi::on_root(comm, [&] { add_contents(conditions, identity.inputs); });
  conditions.insert(conditions.end(), identity.options.begin(), identity.options.end());
  // An unusable checkpoint is reported even with --quiet.
  folder_.emplace(comm, settings.checkpoint, std::move(conditions), Log(comm.is_root()));
  if (folder_->holds(stop_file)) {
    folder_->remove(stop_file);
    log_.line(settings.checkpoint + ": the " + stop_file + " of an earlier run was removed");
  }
}

bool CheckpointManager::resume(const std::string& name, const NamedArrays& arrays) {
  poll_interval_ = 1;
  last_step_ = 0;
  since_poll_.restart();
  if (!folder_) return false;
  const auto step = folder_->load(file_name(name), arrays);
  if (!step) return false;
  saved_[name] = last_step_ = *step;
  log_.line(*step > 0
                ? fmt::format("{}: resuming from iteration {} in {}", log_prefix(name), *step, settings_.checkpoint)
                : log_prefix(name) + ": finished by an earlier run, loaded from " + settings_.checkpoint);
  return true;
}

CheckpointManager::StopReason CheckpointManager::local_request() {
  if (!folder_) return StopReason::nothing;
  if (StopRequest::received()) return StopReason::by_signal;
  if (!comm_.is_root()) return StopReason::nothing;
  if (settings_.max_hours > 0 && process_seconds() > share_of_limit * 3600 * settings_.max_hours)
    return StopReason::by_time;
  if (since_file_.seconds() < 1) return StopReason::nothing;
  since_file_.restart();
  return folder_->holds_on_root(stop_file) ? StopReason::by_file : StopReason::nothing;
}

bool CheckpointManager::poll(const std::string& name, Index step, bool done) {
  std::array<Index, 3> votes = {static_cast<Index>(local_request()), 0, 1};  // action, save, steps to the next poll
  if (comm_.is_root()) {
    const double seconds = since_poll_.restart();
    const Index steps = std::max<Index>(step - last_step_, 1);
    const double stride = seconds_between_polls / std::max(seconds, 1e-9) * static_cast<double>(steps);
    votes[2] = static_cast<Index>(std::clamp(stride, 1.0, 2.0 * static_cast<double>(steps)));
    const double between = std::max(settings_.checkpoint_every, last_save_seconds_ / share_of_checkpoints);
    votes[1] = folder_ && settings_.checkpoint_every > 0 && since_save_.seconds() >= between;
  }
  mpi::all_reduce(comm_, std::span<Index>(votes), mpi::Reduction::max);
  stop_reason_ = static_cast<StopReason>(votes[0]);
  last_step_ = step;
  poll_interval_ = votes[2];
  if (!folder_) return false;
  const auto at = saved_.find(name);
  const bool has_changed = at == saved_.end() ? step > 0 : at->second != step;
  return has_changed && (votes[1] > 0 || stop_reason_ != StopReason::nothing || done);
}

bool CheckpointManager::should_cache(double seconds, double bytes) {
  std::array<Index, 2> votes = {static_cast<Index>(local_request()), 0};
  if (comm_.is_root() && settings_.checkpoint_every > 0) {
    const double long_enough = std::min(settings_.checkpoint_every, bytes / slow_disk / share_of_checkpoints);
    votes[1] = seconds >= long_enough;
  }
  mpi::all_reduce(comm_, std::span<Index>(votes), mpi::Reduction::max);
  stop_reason_ = static_cast<StopReason>(votes[0]);
  return folder_ && (votes[1] > 0 || stop_reason_ != StopReason::nothing);
}

void CheckpointManager::save(const std::string& name, Index step, const NamedArrays& arrays) {
  const Stopwatch watch;
  try {
    folder_->save(file_name(name), step, arrays);
    saved_[name] = step;
  } catch (const SystemError& error) {
    const auto at = saved_.find(name);
    const std::string what =
        step > 0 ? fmt::format("no checkpoint at iteration {}", step) : std::string("no checkpoint");
    log_.warning(fmt::format("{}: {}: {}. The run continues; {}", log_prefix(name), what, error.what(),
                             at == saved_.end()
                                 ? "there is no checkpoint yet"
                                 : fmt::format("the checkpoint of iteration {} remains valid", at->second)));
  }
  last_save_seconds_ = watch.seconds();
  since_save_.restart();
  since_poll_.restart();
}

std::string CheckpointManager::stop_cause() const {
  return stop_reason_ == StopReason::by_signal ? "by a signal"
         : stop_reason_ == StopReason::by_time ? "at the limit of --max-hours"
                                               : "by replearn.stop";
}

void CheckpointManager::stop_if_requested_after_caching(const std::string& name) {
  if (stop_reason_ == StopReason::nothing) return;
  throw Stopped(log_prefix(name) + ": stopped " + stop_cause() +
                (saved_.contains(name) ? "; the result is saved in "
                                       : "; the computation is finished but could not be saved in ") +
                settings_.checkpoint + "; run the same command again to resume");
}

void CheckpointManager::stop_if_requested(const std::string& name, Index step) {
  if (stop_reason_ == StopReason::nothing) return;
  const std::string text = fmt::format("{}: stopped {} after iteration {}", log_prefix(name), stop_cause(), step);
  const auto at = saved_.find(name);
  if (step > 0 && at == saved_.end())
    throw SystemError(text + ", and no checkpoint could be written to " + settings_.checkpoint);
  const Index kept = at == saved_.end() ? 0 : at->second;
  throw Stopped(text + fmt::format("; checkpoint of iteration {} saved in {}; run the same command again to resume",
                                   kept, settings_.checkpoint));
}

std::function<void()> CheckpointManager::fence() const {
  if (!folder_) return {};
  return [this] { folder_->require_claim_on_root(); };
}

void CheckpointManager::require_claim() const {
  if (folder_) folder_->require_claim();
}

void CheckpointManager::discard() {
  if (!folder_) return;
  if (folder_->holds(stop_file)) folder_->remove(stop_file);  // it came too late to stop the run
  folder_->discard();
}

}  // namespace replearn::app
