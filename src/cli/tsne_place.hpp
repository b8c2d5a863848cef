#pragma once
#include "cli/steps.hpp"

/// The parts of t-SNE that put points into a map that is there: new cells into another file's, and the other cells of
/// a large file into the map of a sample.
namespace replearn::cli {

/// The largest perplexity that so many neighbors allow, a third of them, rounded down: openTSNE lowers its own to it.
double largest_perplexity(Index neighbors);

void add_place_options(OptionSet& set, TsneSettings& settings);

/// Places the cells of the workspace in the map of settings.reference, and leaves X_tsne. All ranks.
void place_step(Workspace& work, TsneSettings settings);

/// A start for all cells: the map of settings.sample of them, and the others placed in it. x: the representation.
/// All ranks.
DistributedMatrix sampled_start(Workspace& work, const TsneSettings& settings, const DistributedMatrix& x);

}  // namespace replearn::cli
