#include "cli/commands.hpp"

#include <array>

namespace replearn::cli {

std::span<const Command> commands() {
  static constexpr std::array table = {
      Command{"run", "the main job: one file in; PCA, neighbors, Sammon's map, t-SNE and pictures out", run_command},
      Command{"inspect", "tell what is in a file, without reading the matrix", inspect_command},
      Command{"convert", "turn any input format into .h5ad, and join annotations", convert_command},
      Command{"preprocess", "quality figures, filters, normalization, log1p, highly variable genes, scaling",
              preprocess_command},
      Command{"pca", "principal components", pca_command},
      Command{"ppca", "probabilistic PCA and factor analysis, missing entries allowed", ppca_command},
      Command{"pdist", "distances between all pairs of rows, larger than memory if need be", pdist_command},
      Command{"neighbors", "exact k nearest neighbors", neighbors_command},
      Command{"sammon", "Sammon's map", sammon_command},
      Command{"tsne", "t-SNE", tsne_command},
      Command{"factorize", "factorized embeddings of samples and genes", factorize_command},
      Command{"vae", "a variational autoencoder: latent space, denoised values, new cells", vae_command},
      Command{"bigan", "adversarially learned inference: encoder, generator and a discriminator of pairs",
              bigan_command},
      Command{"sweep", "trainings under many settings, their losses beside each other", sweep_command},
      Command{"phrases", "words that belong together joined by _, for word2vec", phrases_command},
      Command{"word2vec", "vectors of words from text", word2vec_command},
      Command{"vectors", "word vectors from one format to others, all or chosen words", vectors_command},
      Command{"nearest", "the nearest words to some words", nearest_command},
      Command{"analogy", "a is to b as c is to what", analogy_command},
      Command{"evaluate", "word vectors measured by analogies and similarities", evaluate_command},
      Command{"docs", "vectors of documents from those of their words", docs_command},
      Command{"plot", "pictures of embeddings, colored by annotations or genes", plot_command},
  };
  return table;
}

}  // namespace replearn::cli
