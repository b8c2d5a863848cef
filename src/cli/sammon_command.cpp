#include "cli/commands.hpp"
#include "cli/metric_options.hpp"
#include "cli/progress_line.hpp"
#include "cli/steps.hpp"
#include "cli/verb.hpp"

namespace replearn::cli {
namespace {

/// The first q columns of the representation (its leading components, if it is X_pca); PCA of it if it is anything
/// else.
DistributedMatrix start_of(Workspace& work, const DistributedMatrix& x, const SammonSettings& settings) {
  const Index q = settings.dimensions;
  const bool is_pca = settings.use_rep == "X_pca" || (settings.use_rep == "auto" && work.embedding("X_pca"));
  DistributedMatrix start(x.partition, x.rank, q);
  if (is_pca && x.columns() >= q) {
    start.local = x.local.leftCols(q);
  } else {
    pca::Options options;
    options.components = q;
    auto& session = work.session();
    start =
        session.phases.measure("pca", [&] { return pca::pca(work.comm(), Matrix(x), options, session.log).scores; });
  }
  return start;
}

}  // namespace

OptionSet sammon_options(SammonSettings& settings) {
  auto& o = settings.method;
  OptionSet set("sammon", "Sammon's map");
  set.add("dimensions", settings.dimensions, "of the map")
      .add("iterations", o.iterations, "at most this many; each costs n^2 / ranks pairs of cells")
      .add("magic-factor", o.magic_factor, "step length of the paper's pseudo-Newton iteration, 0.3 to 0.4")
      .add("tolerance", o.tolerance,
           "at rest when the stress has fallen by less than this share of itself over 10 iterations")
      .add("detours", o.detours,
           "times that a map at rest is let out into one dimension more and pressed flat again, to come to a lower "
           "rest; "
           "each costs two or three times the way to the first rest");
  add_metric(set, o.metric, "distance between cells in the input")
      .add("distance-memory", o.distance_memory,
           "bytes a rank may use to keep the distances between its cells and all; beyond, they are computed anew each "
           "time")
      .add("use-rep", settings.use_rep,
           "an obsm key or X; auto: X_pca if there, else X if it has at most 50 columns, else PCA is run first");
  return set;
}

void sammon_step(Workspace& work, const SammonSettings& settings) {
  settings.method.validate();
  auto& session = work.session();
  const auto& x = work.representation(settings.use_rep);
  const auto start = start_of(work, x, settings);
  auto results = session.phases.measure("sammon", [&] {
    return sammon::sammon(work.comm(), x, start, settings.method, progress_line(session.log, "sammon", "E"),
                          session.log);
  });
  session.log.line(
      format("sammon: stress E = %.6f after %zu iterations", results.stress, results.stress_history.size() - 1));
  ValueTree parameters, uns;
  parameters.set("magic_factor", settings.method.magic_factor);
  record_metric(parameters, settings.method.metric);
  parameters.set("use_rep", settings.use_rep);
  uns.set("params", std::move(parameters)).set("stress", results.stress).set("stress_history", results.stress_history);
  work.out().put_uns("sammon", std::make_shared<ValueTree>(std::move(uns)));
  work.found_embedding("X_sammon", std::move(results.points));
}

void sammon_command(const mpi::Communicator& comm, const Arguments& arguments) {
  run_one_step<SammonSettings>(comm, arguments, "sammon", "Sammon's map; writes obsm/X_sammon, uns/sammon",
                               sammon_options, sammon_step);
}

}  // namespace replearn::cli
