#include <cstdio>

#include "cli/commands.hpp"
#include "cli/verb.hpp"
#include "mpi/collectives.hpp"

namespace replearn::cli {

void inspect_command(const mpi::Communicator& comm, const Arguments& arguments) {
  FileSettings files;
  OptionSet set = input_options(files);
  const auto common = parse(comm, arguments, {&set}, Naming::plain);
  if (handled_help(comm, common, "inspect", "contents of a file, without reading the matrix", {&set}, Naming::plain))
    return;
  if (files.input.empty()) throw InputError("", "--input", "no file named", "replearn inspect FILE");
  mpi::on_root(comm, [&] {
    for (const auto& line : io::inspect(files.input, files.format)) std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  });
}

}  // namespace replearn::cli
