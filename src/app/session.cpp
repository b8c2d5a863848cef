#include "app/session.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>


#include "app/checkpoint_manager.hpp"
#include "app/single_rank_warning.hpp"
#include "base/memory.hpp"
#include "base/whole_file.hpp"
#include "mpi/collectives.hpp"
#include "numerics/rank_speed.hpp"

namespace replearn::app {
namespace {

/// The hosts with their numbers of ranks, in the order of their first ranks. Collective.
std::vector<LogStart::Host> hosts_of(const mpi::Communicator& comm) {
  using Name = std::array<char, 256>;
  Name mine{};
  const std::string name = host_name();
  std::copy_n(name.begin(), std::min(name.size(), mine.size() - 1), mine.begin());
  std::vector<LogStart::Host> hosts;
  for (const auto& each : mpi::all_gather(comm, mine)) {
    const auto at = std::ranges::find(hosts, std::string(each.data()), &LogStart::Host::name);
    if (at == hosts.end())
      hosts.push_back({each.data(), 1});
    else
      ++at->ranks;
  }
  return hosts;
}

/// The first lines of a log. Collective.
LogStart start_of(const mpi::Communicator& comm, const Program& program) {
  std::error_code failed;
  return {program, comm.size(), hosts_of(comm), std::filesystem::current_path(failed).string(), ::getpid()};
}

/// Opens the log file, if there is one, and tells where the log begins. Collective.
std::unique_ptr<JobLog> open_log(const mpi::Communicator& comm, const SessionSettings& settings) {
  std::unique_ptr<JobLog> file;
  if (settings.program.version.empty() && settings.log_file.empty()) return file;
  const auto start = start_of(comm, settings.program);
  const Log screen(comm.is_root() && !settings.quiet);
  mpi::on_root(comm, [&] {
    if (!settings.log_file.empty()) {
      file = std::make_unique<JobLog>(settings.log_file, start,
                                      [](const std::string& text) { Log(true).warning(text); });
    }
  });
  if (!settings.program.version.empty()) screen.line(header_text(start, local_now()));
  return file;
}

Log log_to(JobLog* file, bool is_shown) {
  if (!file) return Log(is_shown);
  return Log(is_shown, [file](const std::string& text, bool is_warning) { file->message(text, is_warning); });
}

}  // namespace

Session::Session(const mpi::Communicator& ranks, SessionSettings settings)
    : comm(ranks),
      log_file_(open_log(ranks, settings)),
      log(log_to(log_file_.get(), ranks.is_root() && !settings.quiet)),
      phases(ranks),
      files(std::move(settings.files)),
      progress_seconds_(settings.progress_seconds),
      timings_(std::move(settings.timings)) {
  if (log_file_) phases.on_begin([this](const std::string& name) { log_file_->phase(name); });
  limit_memory(settings.memory_limit, comm.node().size());
  if (const auto warning = single_rank_warning(comm.size()); !warning.empty()) log.warning(warning);
  for (const auto& note : settings.notes) log.line("note: " + note);
}
Session::~Session() = default;

void Session::balance_rows(Balance balance) {
  constexpr double seconds = 0.2;
  if (balance == Balance::even || comm.size() == 1) return;
  comm.set_shares(phases.measure("balance", [&] { return shares_by_speed(rank_speeds(comm, seconds)); }));
  log.line("balance: " + shares_text(comm.shares()));
}

void Session::enable_checkpoints(const JobSettings& job, const JobIdentity& identity) {
  checkpoints_ = std::make_unique<CheckpointManager>(comm, job, identity, log);
}

CheckpointManager& Session::checkpoints() {
  if (!checkpoints_) checkpoints_ = std::make_unique<CheckpointManager>(comm, JobSettings(), JobIdentity(), log);
  return *checkpoints_;
}

void Session::finish() {
  summary_ = phases.summarize();
  Log(log.is_shown()).line(table_text(*summary_));  // the log file gets it with its last line
  if (timings_.empty()) return;
  mpi::on_root(comm, [&] { write_whole_file(timings_, table_json(*summary_)); });
}

void Session::end_log(Outcome outcome, const std::string& message, int exit_code) {
  if (!log_file_) return;
  const bool all_ranks = summary_.has_value() || comm.size() == 1;
  log_file_->end({outcome, message, exit_code, summary_ ? *summary_ : phases.summarize_rank(), all_ranks});
}

}  // namespace replearn::app
