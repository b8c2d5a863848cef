#pragma once
#include <string>
#include <vector>

#include "app/log/entries.hpp"

namespace replearn::cli {

/// The text of `--version`: version, commit, build, instruction sets and libraries, one per line. Local.
std::string versions();

/// This program, with the command line of this run: for the log. Local.
app::Program this_program(const std::string& verb, const std::vector<std::string>& arguments);

}  // namespace replearn::cli
