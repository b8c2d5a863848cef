#include "cli/other_names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>

namespace replearn::cli {
namespace {

enum class Kind { option, verb };

struct Hint {
  Kind kind;
  const char* theirs;  ///< names with '-', between blanks
  const char* ours;    ///< names of the same here, between blanks: the first that there is
  const char* advice;  ///< what to do if there is none; may be empty
};

constexpr std::array hints = {
    Hint{Kind::option, " o out outfile out-file save write ", "output", ""},
    Hint{Kind::option, " i in infile in-file adata file data train corpus ", "input", ""},
    Hint{Kind::option, " n-comps n-components n-pcs npcs ncomps pcs k-components ", "components dimensions latent",
         "the number of components is set where they are made: replearn pca --components"},
    Hint{Kind::option, " n-latent latent-dim n-dim n-dims dim dims ndim size vector-size embedding-size layer-size ",
         "latent dimensions components", ""},
    Hint{Kind::option,
         " n-iter niter max-iter maxiter iter n-iterations max-iterations iterations num-iter n-iter-max ",
         "iterations epochs steps", ""},
    Hint{Kind::option, " n-epochs max-epochs num-epochs epoch epochs ", "epochs steps iterations", ""},
    Hint{Kind::option, " n-steps max-steps num-steps steps ", "steps epochs iterations", ""},
    Hint{Kind::option, " n-neighbors n-neighbours neighbours k knn n-nearest num-neighbors nn ",
         "neighbors affinity-neighbors", ""},
    Hint{Kind::option, " n-top-genes hvg n-hvg num-genes ", "top-genes highly-variable", ""},
    Hint{Kind::option, " hvg-flavor flavor flavour ", "highly-variable", ""},
    Hint{Kind::option, " mt-prefix mito-prefix mt qc-vars ", "gene-prefix", ""},
    Hint{Kind::option, " max-value clip ", "max-value", ""},
    Hint{Kind::option, " counts-per-cell-after norm scale-factor size-factor ", "target-sum", ""},
    Hint{Kind::option, " random-state seed random-seed rng ", "seed", ""},
    Hint{Kind::option, " learning-rate lr eta alpha eps-learning ", "learning-rate rate", ""},
    Hint{Kind::option, " l2-regularization weight-decay wd ", "weight-decay l2", ""},
    Hint{Kind::option, " batch batch-size minibatch mini-batch ", "batch batch-size", ""},
    Hint{Kind::option, " svd-solver solver ", "method solver", ""},
    Hint{Kind::option, " zero-center center-data ", "center", ""},
    Hint{Kind::option, " rep use-representation use-pca representation obsm ", "use-rep", ""},
    Hint{Kind::option, " layer use-raw ", "matrix", ""},
    Hint{Kind::option, " init initialization start-from init-pos ", "start", ""},
    Hint{Kind::option, " affinity distance dist ", "metric", ""},
    Hint{Kind::option, " angle ", "theta", ""},
    Hint{Kind::option, " colour colors c groups ", "color", ""},
    Hint{Kind::option, " embedding ", "basis", ""},
    Hint{Kind::option, " point size s marker-size dot-size ", "point-size", ""},
    Hint{Kind::option, " alpha ", "opacity", ""},
    Hint{Kind::option, " cbow sg mode skip-gram skipgram ", "architecture", ""},
    Hint{Kind::option, " use-highly-variable mask-var ", "genes", ""},
    Hint{Kind::option, " ns-exponent ", "sampling-power", ""},
    Hint{Kind::option, " hs ", "hierarchical-softmax", ""},
    Hint{Kind::option, " binary ", "", "output names the format by its ending: .bin, .txt, .h5 or .h5ad"},
    Hint{Kind::option, " n-jobs njobs threads num-threads n-threads nthreads workers cores cpus num-cores ", "",
         "there are no threads: the number of ranks is mpirun's, mpirun -n 8 replearn ..."},
    Hint{Kind::option, " np n ", "", "the number of ranks is mpirun's, mpirun -n 8 replearn ..."},
    Hint{Kind::option, " gpu cuda device accelerator use-gpu ", "",
         "replearn runs on processors alone, as many ranks as there are cores"},
    Hint{Kind::option, " verbose verbosity v ", "", "the log is on by default; --quiet turns it off"},
    Hint{Kind::option, " resolution ", "",
         "replearn does not cluster: sc.tl.leiden(adata) in Scanpy takes the graph of replearn neighbors"},
    Hint{Kind::option, " min-dist spread ", "", "is of UMAP, which replearn does not have: replearn tsne makes maps"},
    Hint{Kind::option, " copy inplace ", "", "the input is never changed; --output names the new file"},
    Hint{Kind::option, " separator sep ", "delimiter", ""},
    Hint{Kind::option, " index-col rownames ", "row-names", ""},
    Hint{Kind::option, " transposed t ", "transpose", ""},
    Hint{Kind::verb, " umap draw-graph paga diffmap phate force-directed ", "",
         "replearn does not have it; replearn tsne makes maps, and the graph that replearn neighbors writes is what "
         "Scanpy's sc.tl.umap, sc.tl.draw_graph and sc.tl.diffmap start from"},
    Hint{Kind::verb, " leiden louvain cluster clusters clustering kmeans k-means ", "",
         "replearn does not cluster; run replearn neighbors, then sc.tl.leiden(adata) in Scanpy: it takes the graph "
         "in the file"},
    Hint{Kind::verb, " rank-genes-groups markers de score-genes dendrogram ", "",
         "replearn does not test genes; its files open in Scanpy, sc.tl.rank_genes_groups(adata, ...)"},
    Hint{Kind::verb, " harmony bbknn scanorama combat regress-out integrate ", "",
         "replearn does not have it; replearn vae takes batches and covariates as conditions"},
    Hint{Kind::verb,
         " normalize normalise normalize-total log1p hvg highly-variable-genes scale filter filter-cells "
         "filter-genes qc calculate-qc-metrics recipe ",
         "", "it is a part of: replearn preprocess"},
    Hint{Kind::verb, " knn nn neighbours graph ", "neighbors", ""},
    Hint{Kind::verb, " t-sne opentsne fitsne bhtsne sne ", "tsne", ""},
    Hint{Kind::verb, " scvi scvi-tools autoencoder ", "vae", ""},
    Hint{Kind::verb, " svd truncated-svd principal-components ", "pca", ""},
    Hint{Kind::verb, " mds isomap ", "",
         "replearn does not have it; replearn sammon preserves distances as metric MDS does"},
    Hint{Kind::verb, " nmf lda ica ", "",
         "replearn does not have it; replearn pca, ppca and factorize factorize matrices"},
    Hint{Kind::verb, " skipgram skip-gram cbow embed w2v gensim fasttext glove ", "word2vec", ""},
    Hint{Kind::verb, " doc2vec ", "", "replearn docs makes vectors of documents from those of their words"},
    Hint{Kind::verb, " distance distances distance-matrix ", "pdist", ""},
    Hint{Kind::verb, " most-similar similar ", "nearest", ""},
    Hint{Kind::verb, " info show head summary ls ", "inspect", ""},
    Hint{Kind::verb, " pipeline all main ", "run", ""},
    Hint{Kind::verb, " import export read write ", "convert", ""},
    Hint{Kind::verb, " draw picture scatter figure pl ", "plot", ""},
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

/// The hint for a name, as `plain` has it. call(ours): what our name for it is called, empty if there is none.
template <class Call>
std::string find_hint(Kind kind, const std::string& name, Call call) {
  for (const auto& hint : hints) {
    if (hint.kind != kind || !lists(hint.theirs, name)) continue;
    std::istringstream names(hint.ours);
    for (std::string candidate; names >> candidate;) {
      if (const std::string called = call(candidate); !called.empty()) return "it is called " + called + " here";
    }
    if (*hint.advice != '\0') return hint.advice;
  }
  return {};
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
  return find_hint(Kind::option, word, [&](const std::string& ours) {
    const std::string option = step + ours;
    return option != name && has(option) ? "--" + option : std::string();
  });
}

std::string hint_for_part(const std::string& name, const std::vector<std::string>& options) {
  const std::string word = plain(name);
  std::vector<std::string> whole;
  for (const auto& option : options) {
    const bool is_cut_short = word.size() >= 3 && option.starts_with(word);
    if (option.ends_with("." + word) || is_cut_short) whole.push_back(option);
  }
  if (whole.empty() || whole.size() > 4) return {};
  std::string hint = "did you mean ";
  for (std::size_t i = 0; i < whole.size(); ++i) {
    hint += (i == 0 ? "'" : i + 1 < whole.size() ? ", '" : " or '") + whole[i] + "'";
  }
  return hint + "?";
}

std::string hint_for_verb(const std::string& word) {
  std::string name = plain(word);
  for (const char* module : {"sc.tl.", "sc.pp.", "sc.pl."}) {
    if (name.starts_with(module)) name.erase(0, 6);
  }
  return find_hint(Kind::verb, name, [](const std::string& ours) { return "replearn " + ours; });
}

}  // namespace replearn::cli
