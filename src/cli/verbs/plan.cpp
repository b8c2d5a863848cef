#include <algorithm>
#include <cstdio>

#include "app/forecast/plan.hpp"
#include "base/error.hpp"
#include "cli/options/options.hpp"
#include "cli/verb.hpp"
#include "mpi/collectives.hpp"

namespace replearn::cli {
namespace {

std::vector<std::string> verbs_to_plan() {
  std::vector<std::string> names;
  for (const auto& verb : verbs()) {
    if (verb.bind || verb.name == std::string("run")) names.emplace_back(verb.name);
  }
  return names;
}

[[noreturn]] void refuse(const std::string& name) {
  const auto names = verbs_to_plan();
  std::string all;
  for (const auto& each : names) all += (all.empty() ? "" : ", ") + each;
  const bool is_verb = std::ranges::any_of(verbs(), [&](const Verb& verb) { return verb.name == name; });
  throw InputError("", "'" + name + "'", is_verb ? "is a verb without forecast" : "no such verb",
                   is_verb ? "plan one of " + all : suggest(name, names));
}

}  // namespace

void plan_verb(const mpi::Communicator& comm, const Arguments& arguments) {
  app::PlanSettings settings;
  OptionSet set = plan_options(settings);
  if (arguments.empty() || arguments.front().starts_with("-")) {
    const auto common = parse(comm, arguments, {&set}, Naming::plain);
    if (handled_help(comm, common, "plan", {&set}, Naming::plain)) return;
    throw InputError("", "plan", "no verb named", "for example: replearn plan tsne cells.h5ad --nodes 1,2,4");
  }
  const auto names = verbs_to_plan();
  if (std::ranges::find(names, arguments.front()) == names.end()) refuse(arguments.front());
  const auto& verb = *std::ranges::find(verbs(), arguments.front(), &Verb::name);
  with_job(comm, verb, {arguments.begin() + 1, arguments.end()},
           {.further = &set,
            .is_run = false,
            .use = [&](app::Session& session, const app::FileSettings& files, const app::Job& job) {
              const auto plan = app::plan_job(session, files, job, settings);
              if (!comm.is_root()) return;
              for (const auto& line : app::plan_lines(plan)) std::printf("%s\n", line.c_str());
              std::fflush(stdout);
            }});
}

}  // namespace replearn::cli
