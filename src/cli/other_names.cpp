#include "cli/other_names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>

namespace replearn::cli {
namespace {

struct OptionHint {
  const char* theirs;  ///< names with '-', between blanks
  const char* ours;    ///< names of the same here, between blanks: the first that the verb has
  const char* advice;  ///< what to do if it has none; may be empty
};

constexpr std::array option_hints = {
    OptionHint{" o out outfile out-file save write ", "output", ""},
    OptionHint{" i in infile in-file adata file data train corpus ", "input", ""},
    OptionHint{" n-comps n-components n-pcs npcs ncomps pcs k-components ", "components dimensions latent", ""},
    OptionHint{" n-latent latent-dim n-dim n-dims dim dims ndim size vector-size embedding-size layer-size ",
               "latent dimensions components", ""},
    OptionHint{" n-iter niter max-iter maxiter iter n-iterations max-iterations iterations num-iter n-iter-max ",
               "iterations epochs steps", ""},
    OptionHint{" n-epochs max-epochs num-epochs epoch epochs ", "epochs steps iterations", ""},
    OptionHint{" n-steps max-steps num-steps steps ", "steps epochs iterations", ""},
    OptionHint{" n-neighbors n-neighbours neighbours k knn n-nearest num-neighbors nn ", "neighbors affinity-neighbors",
               ""},
    OptionHint{" n-top-genes hvg n-hvg num-genes ", "top-genes highly-variable", ""},
    OptionHint{" hvg-flavor flavor flavour ", "highly-variable", ""},
    OptionHint{" mt-prefix mito-prefix mt qc-vars ", "gene-prefix", ""},
    OptionHint{" max-value clip ", "max-value", ""},
    OptionHint{" counts-per-cell-after norm scale-factor size-factor ", "target-sum", ""},
    OptionHint{" random-state seed random-seed rng ", "seed", ""},
    OptionHint{" learning-rate lr eta alpha eps-learning ", "learning-rate rate", ""},
    OptionHint{" l2-regularization weight-decay wd ", "weight-decay l2", ""},
    OptionHint{" batch batch-size minibatch mini-batch ", "batch batch-size", ""},
    OptionHint{" svd-solver solver ", "method solver", ""},
    OptionHint{" zero-center center-data ", "center", ""},
    OptionHint{" rep use-representation use-pca representation obsm ", "use-rep", ""},
    OptionHint{" layer use-raw ", "matrix", ""},
    OptionHint{" init initialization start-from init-pos ", "start", ""},
    OptionHint{" affinity distance dist ", "metric", ""},
    OptionHint{" angle ", "theta", ""},
    OptionHint{" colour colors c groups ", "color", ""},
    OptionHint{" embedding ", "basis", ""},
    OptionHint{" point size s marker-size dot-size ", "point-size", ""},
    OptionHint{" alpha ", "opacity", ""},
    OptionHint{" cbow sg ", "mode", ""},
    OptionHint{" ns-exponent ", "sampling-power", ""},
    OptionHint{" hs ", "hierarchical-softmax", ""},
    OptionHint{" binary ", "", "output names the format by its ending: .bin, .txt, .h5 or .h5ad"},
    OptionHint{" n-jobs njobs threads num-threads n-threads nthreads workers cores cpus num-cores ", "",
               "there are no threads: the number of ranks is mpirun's, mpirun -n 8 replearn ..."},
    OptionHint{" np n ", "", "the number of ranks is mpirun's, mpirun -n 8 replearn ..."},
    OptionHint{" gpu cuda device accelerator use-gpu ", "",
               "replearn runs on processors alone, as many ranks as there are cores"},
    OptionHint{" verbose verbosity v ", "", "the log is on by default; --quiet turns it off"},
    OptionHint{" resolution ", "",
               "replearn does not cluster: sc.tl.leiden(adata) in Scanpy takes the graph of replearn neighbors"},
    OptionHint{" min-dist spread ", "", "is of UMAP, which replearn does not have: replearn tsne makes maps"},
    OptionHint{" copy inplace ", "", "the input is never changed; --output names the new file"},
    OptionHint{" separator sep ", "delimiter", ""},
    OptionHint{" index-col rownames ", "row-names", ""},
    OptionHint{" transposed t ", "transpose", ""},
};

struct VerbHint {
  const char* words;
  const char* hint;
};

constexpr std::array verb_hints = {
    VerbHint{
        " umap draw-graph paga diffmap phate force-directed ",
        "replearn does not have it; replearn tsne makes maps, and the graph that replearn neighbors writes is what "
        "Scanpy's sc.tl.umap, sc.tl.draw_graph and sc.tl.diffmap start from"},
    VerbHint{
        " leiden louvain cluster clusters clustering kmeans k-means ",
        "replearn does not cluster; run replearn neighbors, then sc.tl.leiden(adata) in Scanpy: it takes the graph "
        "in the file"},
    VerbHint{" rank-genes-groups markers de score-genes dendrogram ",
             "replearn does not test genes; its files open in Scanpy, sc.tl.rank_genes_groups(adata, ...)"},
    VerbHint{" harmony bbknn scanorama combat regress-out integrate ",
             "replearn does not have it; replearn vae takes batches and covariates as conditions"},
    VerbHint{" normalize normalise normalize-total log1p hvg highly-variable-genes scale filter filter-cells "
             "filter-genes qc calculate-qc-metrics recipe ",
             "it is a part of: replearn preprocess"},
    VerbHint{" knn nn neighbours graph ", "it is called: replearn neighbors"},
    VerbHint{" t-sne opentsne fitsne bhtsne sne ", "it is called: replearn tsne"},
    VerbHint{" scvi scvi-tools autoencoder ", "it is called: replearn vae"},
    VerbHint{" svd truncated-svd principal-components ", "it is called: replearn pca"},
    VerbHint{" mds isomap ", "replearn does not have it; replearn sammon preserves distances as metric MDS does"},
    VerbHint{" nmf lda ica ", "replearn does not have it; replearn pca, ppca and factorize factorize matrices"},
    VerbHint{" skipgram skip-gram cbow embed w2v gensim fasttext glove ", "it is called: replearn word2vec"},
    VerbHint{" doc2vec ", "replearn docs makes vectors of documents from those of their words"},
    VerbHint{" distance distances distance-matrix ", "it is called: replearn pdist"},
    VerbHint{" most-similar similar ", "it is called: replearn nearest"},
    VerbHint{" info show head summary ls ", "it is called: replearn inspect"},
    VerbHint{" pipeline all main ", "it is called: replearn run"},
    VerbHint{" import export read write ", "it is called: replearn convert"},
    VerbHint{" draw picture scatter figure pl ", "it is called: replearn plot"},
};

/// Small letters, '-' for '_' and '.'.
std::string plain(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

bool lists(const std::string& words, const std::string& word) {
  return words.find(" " + word + " ") != std::string::npos;
}

}  // namespace

std::string hint_for_option(const std::string& name, const std::vector<std::string>& options) {
  const auto has = [&](const std::string& option) {
    return std::find(options.begin(), options.end(), option) != options.end();
  };
  const auto dot = name.rfind('.');  // --tsne.n_iter of run
  const std::string step = dot == std::string::npos ? "" : name.substr(0, dot + 1);
  const std::string word = plain(name.substr(step.size()));
  if (step + word != name && has(step + word)) return "it is written --" + step + word + " here";
  for (const auto& [theirs, ours, advice] : option_hints) {
    if (!lists(theirs, word)) continue;
    std::istringstream names(ours);
    for (std::string candidate; names >> candidate;) {
      if (step + candidate != name && has(step + candidate)) return "it is called --" + step + candidate + " here";
    }
    if (*advice != '\0') return advice;
  }
  return {};
}

std::string hint_for_verb(const std::string& word) {
  std::string name = plain(word);
  for (const char* module : {"sc.tl.", "sc.pp.", "sc.pl."}) {
    if (name.starts_with(module)) name.erase(0, 6);
  }
  for (const auto& [words, hint] : verb_hints) {
    if (lists(words, name)) return hint;
  }
  return {};
}

}  // namespace replearn::cli
