#pragma once
#include "methods/progress.hpp"
#include "methods/tsne/tsne.hpp"

namespace replearn::tsne {

/// Where a new point begins: at the median, coordinate by coordinate, of its neighbors' points, or at their mean
/// weighted by its affinities.
enum class PlaceStart { median, weighted };

/// openTSNE's, for its transform().
struct PlaceOptions {
  double perplexity = 5;      ///< neighbors: 3 * perplexity
  double exaggeration = 1.5;  ///< of the attraction
  Index iterations = 250;
  double learning_rate = 0.1;
  double momentum = 0.8;
  double max_gradient_norm = 0.25;  ///< a longer one is shortened: a new point may lie on top of an old one
  PlaceStart start = PlaceStart::median;
  double dof = 1;  ///< degrees of freedom of the map's kernel

  /// Throws InputError naming the option. references: points of the map.
  void validate(Index references) const;
};

/// Puts new points into a map that stays as it is (Policar, Strazar and Zupan 2019, "Embedding to reference t-SNE space
/// addresses batch effects in single-cell classification"): each new point i minimizes KL(P_i || Q_i) for itself, where
///
///     p_{j|i}: over its nearest reference points, to perplexity     q_{j|i} = w_ij / Z_i,  Z_i = sum_j w_ij over all
///     w_ij = (1 + |y_i - y_j|^2 / dof)^-dof
///
/// New points do not see each other, so each is placed as if it came alone, on any number of ranks to the same bit.
///
/// graph: of the new points' nearest reference points, min(N, 3 * perplexity) or more each, see
/// neighbors::nearest_among; map: all N x q reference points, the same on every rank. Returned points are new rows;
/// kl_divergence is their mean KL. All ranks; nothing is sent but a sum at the end (and a table at the beginning).
/// Throws InputError for options, graph or map that do not fit.
/// Cost: see ReferenceField, for each new point and iteration, and (5 q + 3) 3 * perplexity flops.
Results place(const mpi::Communicator& comm, const NeighborGraph& graph, const RowMatrix& map,
              const PlaceOptions& options, const ProgressCallback& progress = {}, const Log& log = Log());
/// min(references, floor(3 * perplexity)).
Index neighbors_to_place(double perplexity, Index references);

}  // namespace replearn::tsne
