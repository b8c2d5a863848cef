#include "app/evaluate/evaluate.hpp"

#include "app/evaluate/maps.hpp"
#include "cli/options/common.hpp"
#include "cli/options/options.hpp"

namespace replearn::cli {

using namespace app;

OptionSet evaluate_options(EvaluateMapsSettings& maps, EvaluateSettings& words) {
  OptionSet set("evaluate", "Evaluation", &maps.given);
  set.add("basis", maps.basis, "Maps to evaluate: obsm keys. Empty: all with two or three columns")
      .add("reference", maps.reference,
           "What the maps represent: an obsm key or X. auto: X_pca, or principal components if there is none")
      .add("neighbors", maps.neighborhoods.neighbors,
           "Numbers of nearest neighbors for recall: the fraction of a cell's neighbors in the reference that are its "
           "neighbors in the map; lowered if there are fewer cells")
      .between(1, 10'000)
      .add("rank-neighbors", maps.neighborhoods.rank_neighbors,
           "Numbers of nearest neighbors for trustworthiness, continuity and mean relative rank errors; less than half "
           "of the cells")
      .between(1, 10'000)
      .add("cell-neighbors", maps.neighborhoods.cell_neighbors,
           "Number of nearest neighbors for the scores of each cell in obs; lowered if there are fewer cells")
      .between(1, 10'000)
      .add("labels", maps.labels,
           "Column of obs with labels, such as cell types: scores of how well neighbors predict labels, how they are "
           "separated, and of the distances between their centroids")
      .add("clusters", maps.clusters, "Column of obs with a clustering to compare with --labels: ARI and NMI")
      .add("batch", maps.batch, "Column of obs with batches: scIB's scores of how well they are mixed")
      .add("sample-rows", maps.sample_rows,
           "Number of random cells, each compared with all others, for the R_NX curve, and for stresses and silhouettes "
           "of more than --exact-cells cells. 0: as many as 1e8 pairs take, at least 1,000; then up to 10,000 cells all are used")
      .between(0, 1e9)
      .add("exact-cells", maps.exact_cells,
           "Number of cells up to which stresses, Shepard's correlation and silhouettes are those of all pairs")
      .between(0, 1e9)
      .add("seed", maps.seed, "Seed of the random cells")
      .add("compare", maps.compare,
           "Compare every two maps with each other: Procrustes disparity, and the neighbors that they have in common. "
           "Shows how stable a map is under another seed")
      .add("figure", maps.figure, "File for a figure of the curves of Q_NX and R_NX: .png, .svg or .pdf")
      .writes_file({".png", ".svg", ".pdf"})
      .add("json", maps.json, "File for all scores, as JSON")
      .writes_file({".json"})
      .add("analogies", words.analogies,
           "Word vectors: file of analogy questions, a b c d per line under headings ': name', such as "
           "questions-words.txt")
      .reads_file()
      .add("known-words", words.known_words,
           "Word vectors: number of most frequent words considered in analogies, like the C program's threshold; 0: all")
      .between(0, 1e12)
      .add("similarity", words.similarity,
           "Word vectors: files of word similarity ratings, two words and a rating per line, such as WordSim-353 and "
           "SimLex-999")
      .reads_file();
  set.show_common({"basis", "reference", "neighbors", "rank-neighbors", "labels", "batch", "compare", "figure", "json", "analogies", "similarity"});
  set.show_empty_as("auto", {"basis"});
  set.show_empty_as("none", {"labels", "clusters", "batch", "figure"});
  return set;
}

}  // namespace replearn::cli
