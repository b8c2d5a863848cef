#include "app/forecast/plan.hpp"
#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet plan_options(PlanSettings& settings) {
  OptionSet set("plan", "Planning a job");
  set.add("nodes", settings.nodes, "Numbers of nodes to plan for")
      .between(1, 100'000)
      .add("ranks-per-node", settings.ranks_per_node, "MPI ranks on each node. auto: the cores of this machine")
      .between(0, 100'000)
      .add("node-memory", settings.node_memory,
           "Memory of a node in GB. auto: that of this machine, or what its control group or SLURM job may use")
      .between(0, 1e6)
      .add("bandwidth", settings.bandwidth,
           "Bandwidth between a node and the others in GB per second: 1 for 10-gigabit Ethernet, 10 for InfiniBand EDR")
      .between(1e-6, 1e6)
      .add("latency", settings.latency,
           "Time of a message between two nodes in microseconds: about 50 for Ethernet, 2 for InfiniBand")
      .between(0, 1e6);
  set.show_common({"nodes", "ranks-per-node", "node-memory"});
  return set.show_zero_as("auto", {"ranks-per-node", "node-memory"});
}

}  // namespace replearn::cli
