#include "app/session.hpp"

#include "app/checkpoint_manager.hpp"
#include "app/single_rank_warning.hpp"
#include "base/memory.hpp"
#include "base/whole_file.hpp"
#include "mpi/collectives.hpp"
#include "numerics/rank_speed.hpp"

namespace replearn::app {

Session::Session(const mpi::Communicator& ranks, SessionSettings settings)
    : comm(ranks),
      log(ranks.is_root() && !settings.quiet),
      progress_seconds(settings.progress_seconds),
      phases(ranks),
      files(std::move(settings.files)),
      timings_(std::move(settings.timings)) {
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
  const auto summary = phases.summarize();
  log.line(table_text(summary));
  if (timings_.empty()) return;
  mpi::on_root(comm, [&] { write_whole_file(timings_, table_json(summary)); });
}

}  // namespace replearn::app
