#include "app/tsne/place.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "app/error_context.hpp"
#include "app/lower_default.hpp"
#include "app/metric_record.hpp"
#include "app/principal_start.hpp"
#include "app/reference.hpp"
#include "app/run_with_checkpoints.hpp"
#include "base/error.hpp"
#include "methods/neighbors/query_neighbors.hpp"
#include "methods/tsne/affinities.hpp"
#include "methods/tsne/place.hpp"
#include "methods/tsne/run.hpp"
#include "methods/tsne/sample.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

/// Searches the neighbors of `x` in `reference` and places x in the reference's map.
tsne::Results place_among(Workspace& work, const TsneSettings& settings, const DistributedMatrix& x,
                          const DistributedMatrix& reference, const RowMatrix& map, const std::string& name) {
  auto& session = work.session();
  const Index k = tsne::neighbors_to_place(settings.place.perplexity, reference.rows());
  const auto graph = session.phases.measure("neighbors", [&] {
    return neighbors::query_neighbors(work.comm(), x, reference, {k, settings.metric}, session.log);
  });
  return session.phases.measure(name, [&] {
    return tsne::place(work.comm(), graph, map, settings.place, progress_line(session, name, "KL"), session.log);
  });
}

DistributedMatrix start_of_sample(Workspace& work, const TsneSettings& settings, const DistributedMatrix& sample,
                                  const SparseRows& p, bool is_pca) {
  const auto& comm = work.comm();
  const Index q = settings.method.dimensions;
  const auto seed = settings.method.seed;
  if (settings.start == TsneStart::random) return tsne::random_start(sample.partition, sample.rank, q, seed);
  if (settings.start == TsneStart::spectral) return tsne::spectral_start(comm, p, q, seed, work.session().log);
  if (is_pca && sample.columns() >= q) return tsne::start_from_scores(comm, sample, q);
  return tsne::start_from_scores(comm, principal_start(work, "tsne", sample, q, seed, Purpose::tsne_start), q);
}

}  // namespace

double largest_perplexity(Index neighbors) {
  return std::max(1.0, std::floor(100 * static_cast<double>(neighbors) / 3) / 100);
}

void place_step(Workspace& work, TsneSettings settings) {
  auto& session = work.session();
  const auto& comm = work.comm();
  const io::H5adReader reference =
      session.phases.measure("read", [&] { return io::H5adReader(comm, settings.reference); });
  if (!reference.has("obsm/X_tsne")) {
    throw InputError(settings.reference, "obsm/X_tsne", "no such key: the reference has no map",
                     "run replearn tsne on that file first");
  }
  const std::string name = reference_representation(reference, settings.use_rep);
  const auto map = session.phases.measure("read", [&] { return all_gather_rows(comm, reference.obsm("X_tsne")); });
  const auto theirs =
      session.phases.measure("read", [&] { return reference_rows(work, reference, name, settings.feature_types); });
  const auto& x = new_rows(work, name, settings.reference, settings.feature_types);
  if (x.columns() != theirs.columns()) {
    throw InputError(work.input_path(), name == "X" ? name : "obsm/" + name,
                     fmt::format("has {} columns, but {} has {}", x.columns(), settings.reference, theirs.columns()),
                     "provide both in the same space");
  }
  settings.place.dof = reference.number("uns/tsne/params/dof").value_or(settings.method.dof);
  lower_default(settings.given, "tsne", "place-perplexity", settings.place.perplexity, largest_perplexity(map.rows()),
                counted(map.rows(), "cells in the reference"), session.log);
  auto results = with_reference_name(settings.reference, [&] {
    settings.place.validate(map.rows());
    return place_among(work, settings, x, theirs, map, "tsne");
  });
  session.log.line(fmt::format("t-SNE: mean KL divergence {:.6f}", results.kl_divergence));
  ValueTree parameters, uns;
  parameters.set("perplexity", settings.place.perplexity).set("exaggeration", settings.place.exaggeration);
  parameters.set("dof", settings.place.dof);
  parameters.set("iterations", settings.place.iterations).set("learning_rate", settings.place.learning_rate);
  record_metric(parameters, settings.metric);
  parameters.set("use_rep", name);
  uns.set("params", std::move(parameters)).set("kl_divergence", results.kl_divergence);
  uns.set("reference", Value(settings.reference)).set("reference_cells", map.rows());
  work.set_uns("tsne", std::move(uns));
  work.set_embedding("X_tsne", std::move(results.points));
}

DistributedMatrix sampled_start(Workspace& work, const TsneSettings& settings, const DistributedMatrix& x) {
  auto& session = work.session();
  const auto& comm = work.comm();
  const auto sampled = tsne::random_sample(comm, x.partition, settings.sample, settings.method.seed);
  const auto sample = std::get<DistributedMatrix>(select_rows(comm, Matrix(x), sampled));
  const tsne::Options options = settings.sample_options();
  session.log.line(fmt::format("t-SNE: mapping a sample of {} cells first, perplexity {:g}", settings.sample,
                               options.perplexity.front()));
  const auto graph = session.phases.measure("neighbors", [&] {
    return neighbors::nearest_neighbors(comm, sample, {options.neighbors_needed(sample.rows()), settings.metric},
                                        session.log);
  });
  auto p = tsne::joint_probabilities(comm, graph, options);
  const auto start = start_of_sample(work, settings, sample, p, &x == work.embedding("X_pca"));
  tsne::Run run(tsne::State(comm, std::move(p), start, options, session.log), options, session.log);
  run_with_checkpoints(session, "tsne of sample", "KL", run);
  const auto results = run.results();
  const RowMatrix map = all_gather_rows(comm, results.points);
  TsneSettings same_kernel = settings;
  same_kernel.place.dof = settings.method.dof;
  auto all = place_among(work, same_kernel, x, sample, map, "place").points;
  tsne::put_sample(comm, sampled, map, all.local);
  return tsne::start_from_scores(comm, all, options.dimensions);
}

}  // namespace replearn::app
