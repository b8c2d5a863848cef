#include "cli/checkpoint_manager.hpp"

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "cli/job_files.hpp"
#include "io/fingerprint.hpp"
#include "mpi/collectives.hpp"

namespace replearn::cli {
namespace {

constexpr const char* stop_file = "replearn.stop";
constexpr double seconds_between_looks = 0.2;
constexpr double share_of_checkpoints = 0.05;
constexpr double slow_disk = 2e8;        // bytes a second
constexpr double share_of_limit = 0.99;  // of --max-hours: the rest is for the last step and the last checkpoint

std::string file_name(std::string name) {
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

/// What the files hold that the options name: if any has changed, nothing that was kept is of use. Root.
void add_contents(io::Conditions& conditions, const std::vector<const OptionSet*>& sets) {
  std::vector<std::string> names, paths;
  for (const auto* set : sets) {
    for (const auto& option : set->options()) {
      if (option.file_use != FileUse::input && option.file_use != FileUse::text_input) continue;
      const auto files = files_read_by(option);
      const std::string name = set->section() + "." + option.name;
      if (files.size() > 1) conditions.push_back({"number of files of " + name, std::to_string(files.size())});
      for (std::size_t i = 0; i < files.size(); ++i) {
        names.push_back("content of " + name + (files.size() > 1 ? format(", file %zu", i + 1) : ""));
        paths.push_back(files[i]);
      }
    }
  }
  const auto contents = io::file_contents(paths);
  for (std::size_t i = 0; i < paths.size(); ++i) conditions.push_back({names[i], contents[i], paths[i]});
}

}  // namespace

void JobSettings::validate() const {
  if (checkpoint_every < 0)
    throw InputError("", "--checkpoint-every", format("is %g s", checkpoint_every), "choose 0 or more");
  if (max_hours < 0) throw InputError("", "--max-hours", format("is %g", max_hours), "choose 0 or more");
  if (max_hours > 0 && checkpoint.empty())
    throw InputError("", "--max-hours", "needs a place to keep what is not finished", "add --checkpoint FOLDER");
}

OptionSet job_options(JobSettings& settings) {
  OptionSet set("job", "Long jobs");
  set.add("checkpoint", settings.checkpoint,
          "a folder of this job's own, in which it keeps how far it is. The same command, run again, goes on from "
          "there, "
          "on any number of ranks, to the same result; of other options or another input it refuses to. Empty: nothing "
          "is kept")
      .writes_into_folder()
      .add_duration("checkpoint-every", settings.checkpoint_every,
                    "time between checkpoints, but at least 20 times what one takes; 0: only when it is stopped")
      .between(0, 1e9)
      .add("max-hours", settings.max_hours,
           "stop at 0.99 of so many hours, counted from the start of the process, keep how far it is, and exit with "
           "code 75, as on SIGTERM, SIGUSR1 or when a "
           "file replearn.stop is put in the folder. 0: no limit")
      .between(0, 1e6);
  return set;
}

CheckpointManager::CheckpointManager(const mpi::Communicator& comm, const JobSettings& settings,
                                     const std::vector<const OptionSet*>& sets, const Log& log)
    : comm_(comm), settings_(settings), log_(log) {
  settings.validate();
  if (settings.checkpoint.empty()) return;
  signals_.emplace();
  io::Conditions conditions = {{"version of replearn", REPLEARN_VERSION}};
  mpi::on_root(comm, [&] { add_contents(conditions, sets); });
  for (const auto* set : sets) {
    for (const auto& option : set->options()) {
      if (option.changes_result) conditions.push_back({set->section() + "." + option.name, option.show()});
    }
  }
  // A checkpoint that cannot be used is told even if nothing else is.
  folder_.emplace(comm, settings.checkpoint, std::move(conditions), Log(comm.is_root()));
  if (folder_->holds(stop_file)) {
    folder_->remove(stop_file);
    log_.line(settings.checkpoint + ": the " + stop_file + " of an earlier run is removed");
  }
}

bool CheckpointManager::resume(const std::string& name, const NamedArrays& arrays) {
  stretch_ = 1;
  looked_at_ = 0;
  since_look_.restart();
  if (!folder_) return false;
  const auto step = folder_->load(file_name(name), arrays);
  if (!step) return false;
  saved_[name] = looked_at_ = *step;
  log_.line(*step > 0 ? format("%s: goes on from iteration %lld, kept in %s", name.c_str(),
                               static_cast<long long>(*step), settings_.checkpoint.c_str())
                      : name + ": done by an earlier run, kept in " + settings_.checkpoint);
  return true;
}

CheckpointManager::Wanted CheckpointManager::wanted_here() {
  if (!folder_) return Wanted::nothing;
  if (StopRequest::came()) return Wanted::by_signal;
  if (!comm_.is_root()) return Wanted::nothing;
  if (settings_.max_hours > 0 && process_seconds() > share_of_limit * 3600 * settings_.max_hours)
    return Wanted::by_time;
  if (since_file_.seconds() < 1) return Wanted::nothing;
  since_file_.restart();
  return folder_->holds_on_root(stop_file) ? Wanted::by_file : Wanted::nothing;
}

bool CheckpointManager::look(const std::string& name, Index step, bool done) {
  std::array<Index, 3> said = {static_cast<Index>(wanted_here()), 0, 1};  // what to do, save, steps to the next look
  if (comm_.is_root()) {
    const double seconds = since_look_.restart();
    const Index steps = std::max<Index>(step - looked_at_, 1);
    const double fitting = seconds_between_looks / std::max(seconds, 1e-9) * static_cast<double>(steps);
    said[2] = static_cast<Index>(std::clamp(fitting, 1.0, 2.0 * static_cast<double>(steps)));
    const double between = std::max(settings_.checkpoint_every, last_cost_ / share_of_checkpoints);
    said[1] = folder_ && settings_.checkpoint_every > 0 && since_save_.seconds() >= between;
  }
  mpi::all_reduce(comm_, std::span<Index>(said), mpi::Reduction::max);
  wanted_ = static_cast<Wanted>(said[0]);
  looked_at_ = step;
  stretch_ = said[2];
  if (!folder_) return false;
  const auto at = saved_.find(name);
  const bool news = at == saved_.end() ? step > 0 : at->second != step;
  return news && (said[1] > 0 || wanted_ != Wanted::nothing || done);
}

bool CheckpointManager::poll_once(double seconds, double bytes) {
  std::array<Index, 2> said = {static_cast<Index>(wanted_here()), 0};
  if (comm_.is_root() && settings_.checkpoint_every > 0) {
    const double long_enough = std::min(settings_.checkpoint_every, bytes / slow_disk / share_of_checkpoints);
    said[1] = seconds >= long_enough;
  }
  mpi::all_reduce(comm_, std::span<Index>(said), mpi::Reduction::max);
  wanted_ = static_cast<Wanted>(said[0]);
  return folder_ && (said[1] > 0 || wanted_ != Wanted::nothing);
}

void CheckpointManager::save(const std::string& name, Index step, const NamedArrays& arrays) {
  const Stopwatch watch;
  try {
    folder_->save(file_name(name), step, arrays);
    saved_[name] = step;
  } catch (const SystemError& error) {
    const auto at = saved_.find(name);
    const std::string what = step > 0 ? format("no checkpoint at iteration %lld", static_cast<long long>(step))
                                      : std::string("cannot be kept");
    log_.warning(
        format("%s: %s: %s. The run goes on; %s", name.c_str(), what.c_str(), error.what(),
               at == saved_.end()
                   ? "there is none yet"
                   : format("that of iteration %lld is still there", static_cast<long long>(at->second)).c_str()));
  }
  last_cost_ = watch.seconds();
  since_save_.restart();
  since_look_.restart();
}

std::string CheckpointManager::why() const {
  return wanted_ == Wanted::by_signal ? "by a signal"
         : wanted_ == Wanted::by_time ? "at the limit of --max-hours"
                                      : "by replearn.stop";
}

void CheckpointManager::stop_if_wanted_once(const std::string& name) {
  if (wanted_ == Wanted::nothing) return;
  throw Stopped(name + ": stopped " + why() +
                (saved_.contains(name) ? "; it is done and kept in " : "; it is done, but could not be kept in ") +
                settings_.checkpoint + ": run the same command again to go on");
}

void CheckpointManager::stop_if_wanted(const std::string& name, Index step) {
  if (wanted_ == Wanted::nothing) return;
  const std::string text =
      format("%s: stopped %s after iteration %lld", name.c_str(), why().c_str(), static_cast<long long>(step));
  const auto at = saved_.find(name);
  if (step > 0 && at == saved_.end()) throw SystemError(text + ", and could not be kept in " + settings_.checkpoint);
  const Index kept = at == saved_.end() ? 0 : at->second;
  throw Stopped(text + format("; iteration %lld is kept in %s: run the same command again to go on",
                              static_cast<long long>(kept), settings_.checkpoint.c_str()));
}

std::function<void()> CheckpointManager::fence() const {
  if (!folder_) return {};
  return [this] { folder_->require_mine_on_root(); };
}

void CheckpointManager::require_mine() const {
  if (folder_) folder_->require_mine();
}

void CheckpointManager::done() {
  if (!folder_) return;
  if (folder_->holds(stop_file)) folder_->remove(stop_file);  // it came too late to stop anything
  folder_->forget();
}

}  // namespace replearn::cli
