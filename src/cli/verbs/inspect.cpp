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
  if (files.inputs.empty()) throw InputError("", "--input", "no file named", "replearn inspect FILE");
  mpi::on_root(comm, [&] {
    const auto list = io::find_samples(files.inputs);
    for (const auto& sample : list.samples) {
      if (!list.is_one) fmt::print("{}{}\n", &sample == &list.samples.front() ? "" : "\n", sample.path);
      for (const auto& line : io::inspect(sample.path, files.format)) fmt::print("{}\n", line);
    }
    std::fflush(stdout);
  });
}

}  // namespace replearn::cli
