#pragma once
#include <string>
#include <vector>

#include "app/forecast/forecast.hpp"
#include "app/job.hpp"

namespace replearn::app {

/// What to plan for. Zeros: as this machine.
struct PlanSettings {
  std::vector<Index> nodes = {1, 2, 4, 8};
  Index ranks_per_node = 0;      ///< 0: one per core
  double node_memory = 0;        ///< GB
  double bandwidth = 1;          ///< GB per second between a node and the others
  double latency = 50;           ///< microseconds of a message between nodes
};

/// The forecast for one number of nodes.
struct PlannedRun {
  Layout layout;
  double memory = 0;  ///< bytes, peak on a node
  double seconds = 0, seconds_in_network = 0;
  std::vector<std::pair<std::string, PhaseTime>> phases = {};
  bool fits() const { return memory <= layout.available; }
};

struct Plan {
  std::string input;
  DataSizes data;
  std::vector<PlannedRun> runs = {};  ///< by ascending number of nodes
};

/// Forecasts a job without running it: opens the input, checks all settings against it, and reads no matrix (files in
/// text formats are read whole). All ranks; one is enough. Throws InputError for what the job would refuse before its
/// first step.
Plan plan_job(Session& session, FileSettings files, const Job& job, const PlanSettings& settings);

/// The plan as lines for people: a table by numbers of nodes, the phases, and where more nodes stop paying.
std::vector<std::string> plan_lines(const Plan& plan);

/// Logs what a job that has just been opened will take, and warns if its nodes have less memory. The forecast becomes
/// a figure of the phase table. All ranks.
void log_forecast(Workspace& work, const std::vector<Step*>& steps);

}  // namespace replearn::app
