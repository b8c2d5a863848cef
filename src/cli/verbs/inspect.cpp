#include <fmt/core.h>

#include <cstdio>

#include "base/error.hpp"
#include "cli/options/files.hpp"
#include "cli/verb.hpp"
#include "mpi/collectives.hpp"

namespace replearn::cli {

void inspect_verb(const mpi::Communicator& comm, const Arguments& arguments) {
  app::FileSettings files;
  OptionSet set = input_options(files);
  const auto common = parse(comm, arguments, {&set}, Naming::plain);
  if (handled_help(comm, common, "inspect", {&set}, Naming::plain)) return;
  if (files.input.empty()) throw InputError("", "--input", "no file named", "replearn inspect FILE");
  mpi::on_root(comm, [&] {
    for (const auto& line : io::inspect(files.input, files.format)) fmt::print("{}\n", line);
    std::fflush(stdout);
  });
}

}  // namespace replearn::cli
