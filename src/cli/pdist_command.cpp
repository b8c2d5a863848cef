#include "cli/commands.hpp"
#include "cli/feature_types.hpp"
#include "cli/metric_options.hpp"
#include "cli/steps.hpp"
#include "cli/verb.hpp"

namespace replearn::cli {

OptionSet pdist_options(PdistSettings& settings) {
  auto& o = settings.method;
  OptionSet set("pdist", "Distances between all pairs");
  add_metric(set, o.metric, "Distance between cells")
      .add_choice("form", o.form, {{"square", pdist::Form::square}, {"condensed", pdist::Form::condensed}},
                  "Output form, float32. square: n x n, in obsp; condensed: n (n - 1) / 2 values, each pair once in "
                  "SciPy's order, in uns")
      .add("key", settings.key, "Name of the result: obsp/KEY, or uns/KEY/condensed")
      .add("use-rep", settings.use_rep,
           "Representation to use: an obsm key or X. auto: X_pca if present, else X if it has at most 50 columns, else "
           "a PCA computed first")
      .add("feature-types", settings.feature_types, feature_types_of_x_help)
      .add("buffer-memory", o.buffer_memory, "Memory per rank for distances waiting to be written, in bytes")
      .between(1e5, 1e12);
  return set;
}

void pdist_step(Workspace& work, const PdistSettings& settings) {
  settings.method.validate(work.rows());
  if (settings.key.empty() || settings.key.find('/') != std::string::npos) {
    throw InputError("", "--key", "'" + settings.key + "' is not a valid entry name",
                     "omit it, or choose a plain word");
  }
  const bool square = settings.method.form == pdist::Form::square;
  auto& session = work.session();
  const auto& x = work.representation(settings.use_rep, settings.feature_types);
  PdistSettings used = settings;
  used.use_rep = work.representation_name(settings.use_rep);
  work.used(pdist_options(used));
  ValueTree parameters, uns;
  record_metric(parameters, settings.method.metric);
  parameters.set("form", square ? "square" : "condensed")
      .set("n", x.rows())
      .set("use_rep", work.representation_name(settings.use_rep));
  uns.set("params", std::move(parameters));
  work.out().put_uns(settings.key, std::make_shared<ValueTree>(std::move(uns)));
  work.found_computed(square ? "obsp/" + settings.key : "uns/" + settings.key + "/condensed",
                      pdist::extent(settings.method.form, x.rows()), [&](const WriteBox& write) {
                        pdist::pdist(work.comm(), x, settings.method, write, session.log);
                      });
}

void pdist_command(const mpi::Communicator& comm, const Arguments& arguments) {
  run_one_step<PdistSettings>(comm, arguments, "pdist",
                              "distances between all pairs of rows; writes obsp/pdist or uns/pdist", pdist_options,
                              pdist_step);
}

}  // namespace replearn::cli
