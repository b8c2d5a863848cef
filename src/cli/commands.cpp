#include "cli/commands.hpp"

#include <array>

namespace replearn::cli {

std::span<const Command> commands() {
  static constexpr std::array table = {
      Command{
          "run", "preprocessing, PCA, neighbors, Sammon map, t-SNE and figures in one job", run_command,
          "mpirun -n 8 replearn run counts.h5ad maps.h5ad --preprocess.highly-variable seurat --plot.color cell_type"},
      Command{"inspect", "what a file contains, without reading the matrix", inspect_command,
              "replearn inspect cells.h5ad"},
      Command{"convert", "any input format to .h5ad, with annotations joined", convert_command,
              "replearn convert filtered_feature_bc_matrix/ cells.h5ad --obs annotations.csv"},
      Command{"preprocess", "quality control, filters, normalization, log1p, highly variable genes, scaling",
              preprocess_command,
              "mpirun -n 8 replearn preprocess counts.h5ad cells.h5ad --min-genes 200 --min-cells 3 --highly-variable "
              "seurat"},
      Command{"pca", "principal component analysis", pca_command,
              "mpirun -n 8 replearn pca cells.h5ad cells_pca.h5ad --components 50"},
      Command{"ppca", "probabilistic PCA and factor analysis, with missing entries", ppca_command,
              "mpirun -n 8 replearn ppca cells.h5ad cells_ppca.h5ad --components 20 --missing zero"},
      Command{"pdist", "distances between all pairs of rows, also larger than memory", pdist_command,
              "mpirun -n 8 replearn pdist cells_pca.h5ad distances.h5ad --metric euclidean"},
      Command{"neighbors", "k nearest neighbors, exact or approximate, and the neighbor graph", neighbors_command,
              "mpirun -n 8 replearn neighbors cells_pca.h5ad cells_graph.h5ad --neighbors 15"},
      Command{"sammon", "Sammon maps and related stress-minimizing maps", sammon_command,
              "mpirun -n 8 replearn sammon cells_pca.h5ad cells_sammon.h5ad"},
      Command{"tsne", "t-SNE", tsne_command,
              "mpirun -n 8 replearn tsne cells_pca.h5ad cells_tsne.h5ad --perplexity 30"},
      Command{"factorize", "factorized embeddings of samples and genes", factorize_command,
              "mpirun -n 8 replearn factorize cells.h5ad cells_factors.h5ad --sample-dims 2 --impute"},
      Command{"vae", "variational autoencoder: latent space, denoised values, new cells", vae_command,
              "mpirun -n 8 replearn vae counts.h5ad cells_vae.h5ad --latent 10 --condition batch"},
      Command{"bigan", "adversarially learned inference (ALI, BiGAN): encoder, generator and discriminator",
              bigan_command, "mpirun -n 8 replearn bigan cells.h5ad cells_bigan.h5ad --preset cells"},
      Command{"sweep", "hyperparameter sweep of factorize, with a figure of the training curves", sweep_command,
              "mpirun -n 8 replearn sweep cells.h5ad curves.h5 --config config/sweep-factorize.cfg"},
      Command{"phrases", "frequent word pairs joined by _, as input for word2vec", phrases_command,
              "mpirun -n 8 replearn phrases --input text.txt --output phrases.txt"},
      Command{"word2vec", "word vectors from text (skip-gram or CBOW)", word2vec_command,
              "mpirun -n 8 replearn word2vec --input text.txt --output words.h5 --dimensions 300"},
      Command{"vectors", "word vectors from one format to another, all or selected words", vectors_command,
              "replearn vectors words.h5 words.bin"},
      Command{"nearest", "words with the largest cosine similarity to given words", nearest_command,
              "replearn nearest --input words.h5 paris king"},
      Command{"analogy", "word analogies: a is to b as c is to ?", analogy_command,
              "replearn analogy --input words.h5 man king woman"},
      Command{"evaluate", "quality of word vectors: analogies and similarities", evaluate_command,
              "replearn evaluate --input words.h5 --analogies questions-words.txt"},
      Command{"docs", "document vectors from word vectors", docs_command,
              "mpirun -n 8 replearn docs --input text.txt --vectors words.h5 --output documents.h5ad"},
      Command{"plot", "figures of embeddings, colored by annotations or genes", plot_command,
              "replearn plot maps.h5ad --basis X_tsne --color cell_type,CD3D"},
  };
  return table;
}

}  // namespace replearn::cli
