#include "app/forecast/plan.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <thread>

#include "app/forecast/machine.hpp"
#include "app/forecast/shared_costs.hpp"
#include "app/lower_default.hpp"
#include "base/error.hpp"
#include "base/memory.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

constexpr double gigabyte = 1e9;

JobForecast forecast_of(const DataSizes& sizes, const Layout& layout, const std::vector<Step*>& steps,
                        std::optional<OutputContent> output) {
  JobForecast job(sizes, layout);
  for (const auto* step : steps) job.announced_neighbors = std::max(job.announced_neighbors, step->neighbors_needed(sizes.rows));
  for (const auto* step : steps) {
    if (!step->follows_output()) step->forecast(job);
  }
  if (output) forecast_output(job, *output == OutputContent::all);
  for (const auto* step : steps) {
    if (step->follows_output()) step->forecast(job);
  }
  return job;
}

PlannedRun planned(const JobForecast& job, const MachineRates& rates) {
  PlannedRun run{.layout = job.layout, .memory = job.peak_on_node()};
  for (const auto& phase : job.phases()) {
    const auto time = time_of(phase, job.layout, rates);
    run.seconds += time.seconds;
    run.seconds_in_network += time.in_network;
    run.phases.emplace_back(phase.phase, time);
  }
  return run;
}

std::string percent(double part, double whole) {
  return fmt::format("{:.0f} %", whole > 0 ? 100 * part / whole : 0.0);
}

/// The largest number of nodes with an efficiency of at least one half.
Index last_worthwhile(const Plan& plan) {
  const auto& first = plan.runs.front();
  Index last = first.layout.nodes;
  for (const auto& run : plan.runs) {
    const double more = static_cast<double>(run.layout.nodes) / static_cast<double>(first.layout.nodes);
    if (first.seconds / run.seconds >= more / 2) last = run.layout.nodes;
  }
  return last;
}

}  // namespace

Plan plan_job(Session& session, FileSettings files, const Job& job, const PlanSettings& settings) {
  constexpr double measuring = 0.3;  // seconds
  const MachineRates rates{core_speed(session.comm, measuring), settings.bandwidth * gigabyte, settings.latency * 1e-6};
  files.output.clear();
  const auto work = open_and_check(session, files, job);
  Plan plan{.input = work->input_path(), .data = sizes_of(*work)};
  Layout layout;
  layout.ranks_per_node = settings.ranks_per_node > 0
                              ? settings.ranks_per_node
                              : std::max<Index>(1, static_cast<Index>(std::thread::hardware_concurrency()));
  layout.available = settings.node_memory > 0 ? settings.node_memory * gigabyte : physical_memory_bytes();
  auto nodes = settings.nodes;
  std::ranges::sort(nodes);
  for (const Index each : nodes) {
    layout.nodes = each;
    plan.runs.push_back(planned(forecast_of(plan.data, layout, job.steps, files.content), rates));
  }
  return plan;
}

std::vector<std::string> plan_lines(const Plan& plan) {
  const auto& data = plan.data;
  std::vector<std::string> lines = {
      fmt::format("{}: {} cells x {} genes, {:.3g} {}", plan.input, data.rows, data.columns, data.stored,
                  data.is_sparse ? "nonzeros" : "values"),
      fmt::format("{:>6} {:>6} {:>16} {:>12} {:>9} {:>11} {:>11}", "nodes", "ranks", "memory per node", "time",
                  "speed-up", "efficiency", "in network")};
  const auto& first = plan.runs.front();
  for (const auto& run : plan.runs) {
    const double faster = first.seconds / run.seconds;
    const double more = static_cast<double>(run.layout.nodes) / static_cast<double>(first.layout.nodes);
    lines.push_back(fmt::format("{:>6} {:>6} {:>16} {:>12} {:>9.1f} {:>11} {:>11}{}", run.layout.nodes,
                                run.layout.ranks(), bytes_text(run.memory), duration_text(run.seconds), faster,
                                percent(faster, more), percent(run.seconds_in_network, run.seconds),
                                run.fits() ? "" : "  more memory than the node has"));
  }
  std::string phases = fmt::format("on {}: ", counted(first.layout.nodes, "nodes"));
  for (const auto& [name, time] : first.phases) {
    phases += fmt::format("{}{} {}", phases.ends_with(": ") ? "" : ", ", name, duration_text(time.seconds));
  }
  lines.push_back(phases);
  const auto fitting = std::ranges::find_if(plan.runs, [](const PlannedRun& run) { return run.fits(); });
  if (fitting == plan.runs.end()) {
    lines.push_back(fmt::format("none of these fits into {} per node", bytes_text(first.layout.available)));
  } else if (fitting != plan.runs.begin()) {
    lines.push_back(fmt::format("fits from {} on", counted(fitting->layout.nodes, "nodes")));
  }
  const Index last = last_worthwhile(plan);
  if (last < plan.runs.back().layout.nodes) {
    lines.push_back(fmt::format("beyond {} the efficiency is below 50 %", counted(last, "nodes")));
  }
  return lines;
}

void log_forecast(Workspace& work, const std::vector<Step*>& steps) {
  auto& session = work.session();
  const auto& comm = work.comm();
  const double available = mpi::all_reduce(comm, available_memory_bytes(), mpi::Reduction::min);
  const Index on_node = mpi::all_reduce(comm, Index{comm.node().size()}, mpi::Reduction::max);
  Layout layout{.nodes = (comm.size() + on_node - 1) / on_node, .ranks_per_node = on_node, .available = available};
  std::optional<OutputContent> output;
  if (!work.output_path().empty()) output = work.content();
  const auto job = forecast_of(sizes_of(work), layout, steps, output);
  auto run = planned(job, MachineRates{});
  constexpr double long_run = 5, measuring = 0.05;  // seconds
  if (run.seconds > long_run) run = planned(job, MachineRates{.core = core_speed(comm, measuring)});
  session.log.line(fmt::format("forecast: about {} per node, of {} available, and {}", bytes_text(run.memory),
                               bytes_text(available), duration_text(run.seconds)));
  session.phases.add_figure("forecast of peak memory per node, MB", run.memory / 1e6);
  session.phases.add_figure("forecast of seconds", run.seconds);
  if (run.fits()) return;
  session.log.warning(fmt::format("the nodes may not have enough memory: about {} each of {}; replearn plan tells how "
                                  "many nodes suffice",
                                  bytes_text(run.memory), bytes_text(available)));
}

}  // namespace replearn::app
