#include "cli/verb.hpp"

#include <algorithm>
#include <cstdio>

#include "cli/commands.hpp"

namespace replearn::cli {

bool handled_help(const mpi::Communicator& comm, const CommonOptions& common, const std::string& verb,
                  const std::string& what, const std::vector<OptionSet*>& sets, Naming naming) {
  if (!common.help && !common.dump_config) return false;
  std::string text;
  if (common.help) {
    const auto all = commands();
    const auto command = std::find_if(all.begin(), all.end(), [&](const Command& c) { return verb == c.name; });
    text = help_text(verb, what, command == all.end() ? "" : command->example, sets, naming, common.help_all);
  } else {
    for (const auto* set : sets) text += (text.empty() ? "" : "\n") + set->dump();
  }
  if (comm.is_root()) std::fputs(text.c_str(), stdout);
  return true;
}

}  // namespace replearn::cli
