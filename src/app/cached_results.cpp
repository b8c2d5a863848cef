#include "app/cached_results.hpp"

#include "app/checkpoint_manager.hpp"
#include "base/stopwatch.hpp"
#include "methods/tsne/tsne.hpp"
#include "mpi/collectives.hpp"

namespace replearn::app {
namespace {

/// arrays: the result of compute(), or derived from it. bytes: over all ranks.
template <class Compute>
void compute_cached(Session& session, const std::string& name, const std::string& phase, const NamedArrays& arrays,
                    double bytes, Compute compute) {
  if (!session.checkpoints().enabled()) {
    session.phases.measure(phase, compute);
    return;
  }
  CheckpointManager& checkpoints = session.checkpoints();
  if (session.phases.measure("checkpoint", [&] { return checkpoints.resume(name, arrays); })) return;
  const Stopwatch watch;
  session.phases.measure(phase, compute);
  if (checkpoints.should_cache(watch.seconds(), bytes)) {
    session.phases.measure("checkpoint", [&] { checkpoints.save(name, 0, arrays); });
  }
  checkpoints.stop_if_requested_after_caching(name);
}

/// For graphs with the same number of neighbors per row, as our searches return.
struct GraphArrays {
  RowMatrixI indices;
  RowMatrix distances;

  void copy_from(const NeighborGraph& graph) {
    const Index n = graph.local_rows(), k = n > 0 ? graph.offsets[1] : 0;
    indices = Eigen::Map<const RowMatrixI>(graph.indices.data(), n, k);
    distances = Eigen::Map<const RowMatrix>(graph.distances.data(), n, k);
  }
  void copy_to(NeighborGraph& graph) const {
    graph.indices.assign(indices.data(), indices.data() + indices.size());
    graph.distances.assign(distances.data(), distances.data() + distances.size());
    graph.offsets.resize(static_cast<std::size_t>(indices.rows()) + 1);
    for (std::size_t i = 0; i < graph.offsets.size(); ++i) {
      graph.offsets[i] = static_cast<Index>(i) * indices.cols();
    }
  }
};

/// compute: returns the results of a matrix with these rows and so many columns.
template <class Compute>
pca::Results cached_components(Session& session, const std::string& name, const RowPartition& partition, Index columns,
                               const pca::Options& options, Compute compute) {
  pca::Results results;
  results.scores = DistributedMatrix(partition, session.comm.rank(), 0);
  Index method = 0;
  const double bytes = 4.0 * static_cast<double>((partition.rows() + columns) * options.components);
  compute_cached(session, name, "pca",
                 {{"scores", &results.scores.local, partition},
                  {"loadings", &results.loadings, {}},
                  {"singular values", &results.singular_values, {}},
                  {"variance", &results.variance, {}},
                  {"variance ratio", &results.variance_ratio, {}},
                  {"mean", &results.mean, {}},
                  {"scale", &results.scale, {}},
                  {"method", &method, {}}},
                 bytes, [&] {
                   results = compute();
                   method = static_cast<Index>(results.method);
                 });
  results.method = static_cast<pca::Method>(method);
  return results;
}

}  // namespace

pca::Results cached_pca(Session& session, const std::string& name, const Matrix& x, const pca::Options& options) {
  return cached_components(session, name, partition(x), columns(x), options,
                           [&] { return pca::pca(session.comm, x, options, session.log); });
}

pca::Results cached_pca(Session& session, const std::string& name, const RowBlocks& x, const pca::Options& options) {
  return cached_components(session, name, x.partition(), x.columns(), options,
                           [&] { return pca::pca(session.comm, x, options, session.log); });
}

neighbors::Results cached_neighbors(Session& session, const std::string& name, const std::string& phase,
                                    const DistributedMatrix& x, const neighbors::Options& options) {
  const auto& comm = session.comm;
  neighbors::Results results;
  GraphArrays arrays;
  Index method = 0;
  bool computed = false;
  const double bytes = 12.0 * static_cast<double>(x.rows() * options.neighbors);
  const bool caches = session.checkpoints().enabled();
  compute_cached(session, name, phase,
                 {{"indices", &arrays.indices, x.partition},
                  {"distances", &arrays.distances, x.partition},
                  {"method", &method, {}},
                  {"recall", &results.recall_estimate, {}}},
                 bytes, [&] {
                   results = neighbors::find_neighbors(comm, x, options, session.log);
                   computed = true;
                   method = static_cast<Index>(results.method);
                   if (caches) arrays.copy_from(results.graph);
                 });
  if (computed) return results;
  results.method = static_cast<neighbors::Method>(method);
  results.graph.partition = x.partition;
  results.graph.rank = x.rank;
  arrays.copy_to(results.graph);
  return results;
}

DistributedMatrix cached_spectral_start(Session& session, const SparseRows& p, Index dimensions, std::uint64_t seed) {
  DistributedMatrix start(p.partition, p.rank, dimensions);
  compute_cached(session, "spectral start", "spectral start", {{"points", &start.local, p.partition}},
                 4.0 * static_cast<double>(p.rows() * dimensions),
                 [&] { start = tsne::spectral_start(session.comm, p, dimensions, seed, session.log); });
  return start;
}

}  // namespace replearn::app
