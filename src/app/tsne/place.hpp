#pragma once
#include "app/tsne/tsne.hpp"

/// t-SNE into an existing map: new cells into the map of a reference, and the remaining cells of a large file into the
/// map of a sample.
namespace replearn::app {

/// Largest perplexity for a number of neighbors: a third of it, rounded down, as in openTSNE.
double largest_perplexity(Index neighbors);

/// Places the cells of the workspace in the map of settings.reference and stores X_tsne. All ranks.
void place_step(Workspace& work, TsneSettings settings);

/// Initial positions of all cells from a map of settings.sample cells, in which the others are placed. x: the
/// representation. All ranks.
DistributedMatrix sampled_start(Workspace& work, const TsneSettings& settings, const DistributedMatrix& x);

}  // namespace replearn::app
