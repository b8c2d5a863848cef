#pragma once
#include "methods/progress.hpp"
#include "methods/tsne/tsne.hpp"

namespace replearn::tsne {

/// Initial position of a new point: the coordinate-wise median of its neighbors in the map, or their mean weighted by
/// affinity.
enum class PlaceStart { median, weighted };

/// Defaults of openTSNE's transform().
struct PlaceOptions {
  double perplexity = 5;      ///< of new points over the reference; 3 * perplexity neighbors are used
  double exaggeration = 1.5;  ///< factor on the attraction
  Index iterations = 250;
  double learning_rate = 0.1;
  double momentum = 0.8;
  double max_gradient_norm =
      0.25;  ///< longer gradients are shortened to this: a new point may lie on top of a reference point
  PlaceStart start = PlaceStart::median;
  double dof = 1;  ///< degrees of freedom of the map's kernel

  /// Throws InputError naming the option. references: points of the map.
  void validate(Index references) const;
};

/// Places new points in a fixed map (Policar, Strazar and Zupan 2019, "Embedding to reference t-SNE space addresses
/// batch effects in single-cell classification"): each new point i minimizes its own KL(P_i || Q_i), where
///
///     p_{j|i}: over its nearest reference points, to perplexity     q_{j|i} = w_ij / Z_i,  Z_i = sum_j w_ij over all
///     w_ij = (1 + |y_i - y_j|^2 / dof)^-dof
///
/// New points do not interact: each is placed as if it were alone, to the same bit on any number of ranks.
///
/// graph: for each new point its min(N, 3 * perplexity) or more nearest reference points, see
/// neighbors::query_neighbors; map: all N x q reference points, the same on every rank. Returns the new points;
/// kl_divergence is their mean KL. All ranks; communication is one sum at the end (and one table at the beginning).
/// Throws InputError for options, graph or map that do not fit.
/// Cost: see ReferenceField, per new point and iteration, plus (5 q + 3) 3 * perplexity flops.
Results place(const mpi::Communicator& comm, const NeighborGraph& graph, const RowMatrix& map,
              const PlaceOptions& options, const ProgressCallback& progress = {}, const Log& log = Log());
/// min(references, floor(3 * perplexity)).
Index neighbors_to_place(double perplexity, Index references);

}  // namespace replearn::tsne
