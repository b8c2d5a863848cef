#include "cli/commands.hpp"
#include "cli/verb.hpp"
#include "mpi/collectives.hpp"

namespace replearn::cli {
namespace {

struct ConvertSettings {
  std::string obs;
};

OptionSet convert_options(ConvertSettings& settings) {
  OptionSet set("convert", "Conversion");
  set.add("obs", settings.obs,
          "CSV or TSV with a header whose first column contains cell names; the other columns are joined to obs")
      .reads_file();
  return set;
}

}  // namespace

void convert_command(const mpi::Communicator& comm, const Arguments& arguments) {
  FileSettings files;
  ConvertSettings settings;
  OptionSet file_set = file_options(files), convert_set = convert_options(settings);
  add_compression(file_set, files.compression);
  const auto common = parse(comm, arguments, {&file_set, &convert_set}, Naming::plain);
  if (handled_help(comm, common, "convert", "any input format to .h5ad", {&file_set, &convert_set}, Naming::plain))
    return;
  if (files.output.empty()) throw InputError("", "--output", "no file named", "replearn convert INPUT OUTPUT.h5ad");
  Session session(comm, common);
  Workspace work(session, files);
  auto& data = work.data();
  if (!settings.obs.empty()) {
    mpi::on_root(comm, [&] {
      for (const auto& line : io::join_obs(data.obs, settings.obs)) session.log.line(line);
    });
  }
  work.commit("convert", {&file_set, &convert_set});
  finish(session);
}

}  // namespace replearn::cli
