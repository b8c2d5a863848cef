#include "app/bigan/bigan.hpp"
#include "app/convert/convert.hpp"
#include "app/factorize/factorize.hpp"
#include "app/harmony/harmony.hpp"
#include "app/leiden/leiden.hpp"
#include "app/merge/merge.hpp"
#include "app/neighbors/neighbors.hpp"
#include "app/pca/pca.hpp"
#include "app/pdist/pdist.hpp"
#include "app/plot/plot.hpp"
#include "app/ppca/ppca.hpp"
#include "app/preprocess/preprocess.hpp"
#include "app/sammon/sammon.hpp"
#include "app/tsne/tsne.hpp"
#include "app/umap/umap.hpp"
#include "app/vae/vae.hpp"
#include "cli/options/options.hpp"
#include "cli/verb.hpp"

namespace replearn::cli {

void run_verb(const mpi::Communicator& comm, const Arguments& arguments);
void inspect_verb(const mpi::Communicator& comm, const Arguments& arguments);
void sweep_verb(const mpi::Communicator& comm, const Arguments& arguments);
void phrases_verb(const mpi::Communicator& comm, const Arguments& arguments);
void word2vec_verb(const mpi::Communicator& comm, const Arguments& arguments);
void vectors_verb(const mpi::Communicator& comm, const Arguments& arguments);
void nearest_verb(const mpi::Communicator& comm, const Arguments& arguments);
void analogy_verb(const mpi::Communicator& comm, const Arguments& arguments);
void evaluate_verb(const mpi::Communicator& comm, const Arguments& arguments);
void plan_verb(const mpi::Communicator& comm, const Arguments& arguments);
void watch_verb(const mpi::Communicator& comm, const Arguments& arguments);
void docs_verb(const mpi::Communicator& comm, const Arguments& arguments);

namespace {

using namespace app;

/// A step from its function and the options of its settings.
template <class Settings>
BoundStep bind(const char* name, Settings (*run)(Workspace&, const Settings&), OptionSet (*options)(Settings&)) {
  auto step = std::make_unique<StepOf<Settings>>(name, run);
  OptionSet bound = options(step->settings);
  return {std::move(step), std::move(bound)};
}

}  // namespace

std::span<const Verb> verbs() {
  static const std::vector<Verb> table = {
      Verb{.name = "run",
           .summary = "preprocessing, PCA, neighbors, Sammon map, t-SNE and figures in one job",
           .details = "the main pipeline. A step runs if the config file has its [section] or the command line one of "
                      "its options; without any, the steps are pca, neighbors, sammon, tsne and plot. Further steps: "
                      "harmony, ppca, factorize, vae, bigan, leiden and umap. Steps run in the order in which replearn --help lists them",
           .example = "mpirun -n 8 replearn run --config config/raw_counts.cfg --input counts.h5ad --output maps.h5ad "
                      "--plot.color "
                      "cell_type",
           .run = run_verb,
           .has_section = false},
      Verb{.name = "inspect",
           .summary = "what a file contains, without reading the matrix",
           .details = "contents of a file, without reading the matrix",
           .example = "replearn inspect cells.h5ad",
           .run = inspect_verb,
           .has_section = false},
      Verb{.name = "convert",
           .summary = "conversion of any input format to .h5ad, optionally with annotations",
           .details = "conversion of any input format to .h5ad",
           .example = "replearn convert filtered_feature_bc_matrix/ cells.h5ad --obs annotations.csv",
           .bind = [] { return bind("convert", convert_step, convert_options); },
           .writes_input = true},
      Verb{.name = "merge",
           .summary = "results of several jobs added to their input, in one .h5ad",
           .details = "results of several jobs, written with --output-content results, added to their input",
           .example = "replearn merge cells.h5ad all.h5ad --results pca.h5ad,tsne.h5ad",
           .bind = [] { return bind("merge", merge_step, merge_options); },
           .writes_input = true},
      Verb{.name = "preprocess",
           .summary = "quality control, filters, normalization, log1p, highly variable genes, scaling",
           .details = "preprocessing of raw counts; writes X, layers/counts, obs, var",
           .example = "mpirun -n 8 replearn preprocess counts.h5ad cells.h5ad --min-genes 200 --min-cells 3 "
                      "--highly-variable seurat",
           .bind = [] { return bind("preprocess", preprocess_step, preprocess_options); },
           .in_run = InRun::shown_in_help},
      Verb{.name = "pca",
           .summary = "principal component analysis",
           .details = "principal component analysis; writes obsm/X_pca, varm/PCs, uns/pca",
           .example = "mpirun -n 8 replearn pca cells.h5ad cells_pca.h5ad --components 50",
           .bind = [] { return bind("pca", pca_step, pca_options); },
           .in_run = InRun::by_default},
      Verb{.name = "harmony",
           .summary = "Harmony: components corrected for batches",
           .details = "components corrected for batches; writes obsm/X_pca_harmony, uns/harmony. In run, later steps use "
                      "the corrected components",
           .example = "mpirun -n 8 replearn harmony cells_pca.h5ad cells_harmony.h5ad --batch-key sample",
           .bind = [] { return bind("harmony", harmony_step, harmony_options); },
           .in_run = InRun::if_named},
      Verb{.name = "ppca",
           .summary = "probabilistic PCA and factor analysis, with missing entries",
           .details = "probabilistic PCA or factor analysis by EM; writes obsm/X_ppca, varm/ppca, uns/ppca (with "
                      "--noise per-gene: X_factor_analysis, factor_analysis)",
           .example = "mpirun -n 8 replearn ppca cells.h5ad cells_ppca.h5ad --components 20 --missing zero",
           .bind = [] { return bind("ppca", ppca_step, ppca_options); },
           .in_run = InRun::if_named},
      Verb{.name = "factorize",
           .summary = "factorized embeddings of samples and genes",
           .details =
               "factorized embeddings of samples and genes; writes obsm/X_factorize, varm/factorize, uns/factorize",
           .example = "mpirun -n 8 replearn factorize cells.h5ad cells_factors.h5ad --sample-dims 2 --impute",
           .bind = [] { return bind("factorize", factorize_step, factorize_options); },
           .iterates = true,
           .in_run = InRun::if_named},
      Verb{.name = "vae",
           .summary = "variational autoencoder: latent space, denoised values, new cells",
           .details = "variational autoencoder of cells (scVI with --preset scvi); writes obsm/X_vae, "
                      "obs/vae_held_out, uns/vae",
           .example = "mpirun -n 8 replearn vae counts.h5ad cells_vae.h5ad --latent 10 --condition batch",
           .bind = [] { return bind("vae", vae_step, vae_options); },
           .iterates = true,
           .in_run = InRun::if_named},
      Verb{.name = "bigan",
           .summary = "adversarially learned inference (ALI, BiGAN): encoder, generator and discriminator",
           .details = "adversarially learned inference (ALI, BiGAN): encoder and generator trained against a "
                      "discriminator; writes obsm/X_bigan, uns/bigan",
           .example = "mpirun -n 8 replearn bigan cells.h5ad cells_bigan.h5ad --preset cells",
           .bind = [] { return bind("bigan", bigan_step, bigan_options); },
           .iterates = true,
           .in_run = InRun::if_named},
      Verb{.name = "pdist",
           .summary = "distances between all pairs of rows, also larger than memory",
           .details = "distances between all pairs of rows; writes obsp/pdist or uns/pdist",
           .example = "mpirun -n 8 replearn pdist cells_pca.h5ad distances.h5ad --metric euclidean",
           .bind = [] { return bind("pdist", pdist_step, pdist_options); }},
      Verb{.name = "neighbors",
           .summary = "k nearest neighbors, exact or approximate, and the neighbor graph",
           .details =
               "k nearest neighbors, exact or approximate; writes obsp/distances, obsp/connectivities, uns/neighbors",
           .example = "mpirun -n 8 replearn neighbors cells_pca.h5ad cells_graph.h5ad --neighbors 15",
           .bind = [] { return bind("neighbors", neighbors_step, neighbors_options); },
           .in_run = InRun::by_default},
      Verb{.name = "leiden",
           .summary = "Leiden clusters of the neighbor graph",
           .details = "Leiden clusters of the neighbor graph; writes obs/leiden, uns/leiden",
           .example = "mpirun -n 8 replearn leiden cells_graph.h5ad cells_leiden.h5ad --resolution 0.5,1,2",
           .bind = [] { return bind("leiden", leiden_step, leiden_options); },
           .in_run = InRun::if_named},
      Verb{.name = "sammon",
           .summary = "Sammon maps and related stress-minimizing maps",
           .details = "Sammon map; writes obsm/X_sammon, obs/sammon_stress, uns/sammon",
           .example = "mpirun -n 8 replearn sammon cells_pca.h5ad cells_sammon.h5ad",
           .bind = [] { return bind("sammon", sammon_step, sammon_options); },
           .iterates = true,
           .in_run = InRun::by_default},
      Verb{.name = "tsne",
           .summary = "t-SNE",
           .details = "t-SNE; writes obsm/X_tsne, uns/tsne",
           .example = "mpirun -n 8 replearn tsne cells_pca.h5ad cells_tsne.h5ad --perplexity 30",
           .bind = [] { return bind("tsne", tsne_step, tsne_options); },
           .iterates = true,
           .in_run = InRun::by_default},
      Verb{.name = "umap",
           .summary = "UMAP",
           .details = "UMAP of the neighbor graph; writes obsm/X_umap, uns/umap",
           .example = "mpirun -n 8 replearn umap cells_graph.h5ad cells_umap.h5ad --min-dist 0.3",
           .bind = [] { return bind("umap", umap_step, umap_options); },
           .iterates = true,
           .in_run = InRun::if_named},
      Verb{.name = "plot",
           .summary = "figures of embeddings, colored by annotations or genes; an HTML page to explore them",
           .details = "scatter plots of embeddings in obsm, and with --page an HTML page to explore them",
           .example = "replearn plot maps.h5ad --color cell_type,CD3D --page maps.html",
           .bind = [] { return bind("plot", plot_step, plot_options); },
           .in_run = InRun::by_default},
      Verb{.name = "sweep",
           .summary = "hyperparameter sweep of factorize, with a figure of the training curves",
           .details = "hyperparameter sweep over factorized embeddings; writes an HDF5 file of curves and a figure. "
                      "Running it again resumes with the missing runs",
           .example = "mpirun -n 8 replearn sweep cells.h5ad curves.h5 --config config/sweep-factorize.cfg",
           .run = sweep_verb},
      Verb{.name = "phrases",
           .summary = "frequent word pairs joined by _, as input for word2vec",
           .details = "phrase detection: joins words that belong together by _",
           .example = "mpirun -n 8 replearn phrases --input text.txt --output phrases.txt",
           .run = phrases_verb},
      Verb{.name = "word2vec",
           .summary = "word vectors from text (skip-gram or CBOW)",
           .details = "word vectors from text; writes .h5, .h5ad, .bin or .txt",
           .example = "mpirun -n 8 replearn word2vec --input text.txt --output words.h5 --dimensions 300",
           .run = word2vec_verb},
      Verb{.name = "vectors",
           .summary = "word vectors from one format to another, all or selected words",
           .details = "word vectors converted to other formats, optionally a subset of the words",
           .example = "replearn vectors words.h5 words.bin",
           .run = vectors_verb},
      Verb{.name = "nearest",
           .summary = "words with the largest cosine similarity to given words",
           .details = "nearest words by cosine similarity",
           .example = "replearn nearest --input words.h5 paris king",
           .run = nearest_verb},
      Verb{.name = "analogy",
           .summary = "word analogies: a is to b as c is to ?",
           .details = "word analogies: a is to b as c is to ?, by vector(b) - vector(a) + vector(c)",
           .example = "replearn analogy --input words.h5 man king woman",
           .run = analogy_verb},
      Verb{.name = "evaluate",
           .summary = "quality of maps of cells, or of word vectors",
           .details = "evaluation of maps beside the data they represent: neighbor recall, trustworthiness, "
                      "continuity, rank errors, R_NX curve, stresses, and separation of labels and mixing of batches; or of "
                      "word vectors, if --analogies or --similarity is given",
           .example = "mpirun -n 8 replearn evaluate maps.h5ad --basis X_tsne,X_sammon --labels cell_type",
           .run = evaluate_verb},
      Verb{.name = "docs",
           .summary = "document vectors from word vectors",
           .details = "document vectors from word vectors",
           .example = "mpirun -n 8 replearn docs --input text.txt --vectors words.h5 --output documents.h5ad",
           .run = docs_verb},
      Verb{.name = "plan",
           .summary = "memory and time of a job on different numbers of nodes, without running it",
           .details = "a forecast of memory and time on different numbers of nodes. The words after plan are those of the "
                      "job: its verb, --input and options. No matrix is read, unless the input is text, and nothing is "
                      "written",
           .example = "replearn plan tsne cells_pca.h5ad --nodes 1,2,4,8 --ranks-per-node 32",
           .run = plan_verb},
      Verb{.name = "watch",
           .summary = "progress of a running job, from its log",
           .details = "the progress of a running job, read from its log (--log FILE.jsonl), until it ends; the exit "
                      "code is that of the job",
           .example = "replearn watch cells.jsonl",
           .run = watch_verb},
  };
  return table;
}

}  // namespace replearn::cli
