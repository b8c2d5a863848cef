#include "app/sweep/sweep.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/error.hpp"
#include "cli/options/files.hpp"
#include "cli/options/options.hpp"
#include "cli/verb.hpp"

namespace replearn::cli {
namespace {

const Option& option_named(const OptionSet& set, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& option : set.options()) {
    if (option.name == name) return option;
    names.push_back(option.name);
  }
  throw InputError("", "--vary", "'" + name + "' is not an option of " + set.section(), suggest(name, names));
}

/// Sets one option as the config file would; semicolons in lists become commas.
void set_option(const OptionSet& set, const std::string& name, std::string value) {
  std::replace(value.begin(), value.end(), ';', ',');
  try {
    option_named(set, name).set(value);
  } catch (const std::invalid_argument& error) {
    throw InputError("", "--vary", name + ": " + error.what(), "choose values that the option accepts");
  }
}

}  // namespace

void sweep_verb(const mpi::Communicator& comm, const Arguments& arguments) {
  app::FileSettings files;
  app::SweepSettings sweep;
  app::FactorizeSettings base;
  OptionSet file_set =
                file_options(files, "HDF5 file of curves to write, once all runs are finished", {".h5", ".hdf5"}),
            sweep_set = sweep_options(sweep), base_set = factorize_training_options(base);
  const std::vector<OptionSet*> sets = {&file_set, &sweep_set, &base_set};
  auto common = parse(comm, arguments, sets, Naming::qualified);
  if (handled_help(comm, common, "sweep", sets, Naming::qualified)) return;
  const auto axes = app::sweep_axes(sweep.vary);
  auto runs = app::sweep_runs(axes, sweep.mode);
  for (auto& run : runs) {
    run.settings = base;
    const OptionSet set = factorize_training_options(run.settings);
    for (std::size_t a = 0; a < axes.size(); ++a) {
      if (!run.values[a].empty()) set_option(set, axes[a].option, run.values[a]);
    }
    for (const auto& option : set.options()) run.options.emplace_back(option.name, option.show());
  }
  run_in_session(comm, "sweep", arguments, std::move(common),
                 [&](app::Session& session) { app::run_sweep(session, files, sweep, axes, runs); });
}

}  // namespace replearn::cli
