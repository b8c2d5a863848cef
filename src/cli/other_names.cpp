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
  const char* theirs;  ///< names with '-', separated by blanks
  const char* ours;    ///< our names, separated by blanks; the first existing one is used
  const char* advice;  ///< advice if none exists; may be empty
};

/// Option names of Scanpy, scikit-learn, openTSNE, umap-learn, gensim and scvi-tools, and earlier names of ours, that
/// are accepted as aliases.
struct Alias {
  const char* theirs;  ///< names with '-', separated by blanks
  const char* ours;    ///< our names, separated by blanks; the first one of the verb is used
  const char* remark = "";
  const char* unless = "";  ///< not for verbs with this option, where the name would be ambiguous
};

constexpr std::array aliases = {
    Alias{" o out outfile out-file ", "output"},
    Alias{" i infile in-file ", "input"},
    Alias{" n-comps n-components ncomps ", "components dimensions latent"},
    Alias{" n-pcs npcs ", "components"},
    Alias{" n-latent latent-dim ", "latent"},
    Alias{" n-dim n-dims dims ndim vector-size embedding-size layer-size ", "dimensions latent components"},
    Alias{" n-iter niter max-iter maxiter iter n-iterations max-iterations num-iter n-iter-max ", "iterations"},
    Alias{" early-exaggeration-iter ", "early-exaggeration-iterations"},
    Alias{" n-epochs max-epochs num-epochs ", "epochs"},
    Alias{" n-steps max-steps num-steps ", "steps"},
    Alias{" n-neighbors n-neighbours neighbours num-neighbors k knn ", "neighbors",
          "the cell itself is not counted (Scanpy counts it)"},
    Alias{" n-top-genes ", "top-genes"},
    Alias{" hvg-flavor flavor flavour ", "highly-variable"},
    Alias{" random-state random-seed ", "seed"},
    Alias{" lr ", "learning-rate"},
    Alias{" batch-size minibatch-size ", "batch", "", "batch-samples"},
    Alias{" dropout-rate ", "dropout"},
    Alias{" gene-likelihood ", "likelihood"},
    Alias{" early-stopping-patience ", "patience"},
    Alias{" zero-center ", "center"},
    Alias{" init initialization ", "start"},
    Alias{" angle ", "theta"},
    Alias{" colour colors ", "color"},
    Alias{" alpha ", "opacity"},
    Alias{" gamma ", "repulsion-strength"},
    Alias{" init-pos ", "start"},
    Alias{" size marker-size dot-size ", "point-size dimensions"},
    Alias{" ns-exponent ", "sampling-power"},
    Alias{" hs ", "hierarchical-softmax"},
    Alias{" max-final-vocab ", "max-words"},
    Alias{" sep separator ", "delimiter"},
    Alias{" picture ", "figure", "--picture is its name in earlier versions"},
    Alias{" look-every ", "eval-every", "--look-every is its name in earlier versions"},
    Alias{" longest-word ", "max-word-length", "--longest-word is its name in earlier versions"},
    Alias{" detours ", "relaxations", "--detours is its name in earlier versions"},
};

constexpr std::array hints = {
    Hint{Kind::option, " save write ", "output", ""},
    Hint{Kind::option, " in adata file data train corpus ", "input", ""},
    Hint{Kind::option, " n-pcs npcs n-components pcs k-components ", "components dimensions latent",
         "set the number of components with replearn pca --components"},
    Hint{Kind::option, " n-latent latent-dim dim size vector-size ", "latent dimensions components", ""},
    Hint{Kind::option,
         " n-iter niter max-iter maxiter iter n-iterations max-iterations iterations num-iter n-iter-max ",
         "iterations epochs steps", ""},
    Hint{Kind::option, " n-epochs max-epochs num-epochs epoch epochs ", "epochs steps iterations", ""},
    Hint{Kind::option, " n-steps max-steps num-steps steps ", "steps epochs iterations", ""},
    Hint{Kind::option, " n-neighbors neighbors n-nearest k knn nn ", "neighbors affinity-neighbors", ""},
    Hint{Kind::option, " batch-size minibatch-size ", "batch-samples", ""},
    Hint{Kind::option, " hvg n-hvg num-genes ", "top-genes highly-variable", ""},
    Hint{Kind::option, " mt-prefix mito-prefix mt qc-vars ", "gene-prefix", ""},
    Hint{Kind::option, " clip ", "max-value", ""},
    Hint{Kind::option, " counts-per-cell-after norm scale-factor size-factor ", "target-sum", ""},
    Hint{Kind::option, " rng ", "seed", ""},
    Hint{Kind::option, " eta alpha eps-learning ", "learning-rate", ""},
    Hint{Kind::option, " l2-regularization weight-decay wd ", "weight-decay l2", ""},
    Hint{Kind::option, " minibatch mini-batch ", "batch", ""},
    Hint{Kind::option, " n-layers n-hidden hidden-size ", "hidden encoder", ""},
    Hint{Kind::option, " svd-solver solver ", "method", ""},
    Hint{Kind::option, " center-data ", "center", ""},
    Hint{Kind::option, " rep use-representation use-pca representation obsm ", "use-rep", ""},
    Hint{Kind::option, " layer use-raw ", "matrix", ""},
    Hint{Kind::option, " start-from init-pos ", "start", ""},
    Hint{Kind::option, " affinity distance dist ", "metric", ""},
    Hint{Kind::option, " c groups ", "color", ""},
    Hint{Kind::option, " embedding ", "basis", ""},
    Hint{Kind::option, " point s ", "point-size", ""},
    Hint{Kind::option, " cbow sg mode skip-gram skipgram ", "architecture", ""},
    Hint{Kind::option, " use-highly-variable mask-var ", "genes", ""},
    Hint{Kind::option, " binary ", "", "the extension of the output determines the format: .bin, .txt, .h5 or .h5ad"},
    Hint{Kind::option, " n-jobs njobs threads num-threads n-threads nthreads workers cores cpus num-cores ", "",
         "replearn has no threads; set the number of ranks with mpirun -n 8 replearn ..."},
    Hint{Kind::option, " np n ", "", "set the number of ranks with mpirun -n 8 replearn ..."},
    Hint{Kind::option, " gpu cuda device accelerator use-gpu ", "",
         "replearn runs on CPUs only, with one rank per core"},
    Hint{Kind::option, " verbose verbosity v ", "", "the log is on by default; --quiet turns it off"},
    Hint{Kind::option, " resolution ", "", "is an option of replearn leiden"},
    Hint{Kind::option, " min-dist spread ", "", "is an option of replearn umap"},
    Hint{Kind::option, " copy inplace ", "", "the input is never changed; use --output for the new file"},
    Hint{Kind::option, " index-col rownames ", "row-names", ""},
    Hint{Kind::option, " transposed t ", "transpose", ""},
    Hint{Kind::verb, " draw-graph paga diffmap phate force-directed ", "",
         "replearn does not have it; replearn tsne and replearn umap make maps, and Scanpy's sc.tl.draw_graph and "
         "sc.tl.diffmap use the graph written by replearn neighbors"},
    Hint{Kind::verb, " louvain cluster clusters clustering kmeans k-means ", "leiden", ""},
    Hint{Kind::verb, " rank-genes-groups markers de score-genes dendrogram ", "",
         "replearn does not test genes; its files open in Scanpy, sc.tl.rank_genes_groups(adata, ...)"},
    Hint{Kind::verb, " harmony-integrate harmonypy run-harmony integrate ", "harmony", ""},
    Hint{Kind::verb, " bbknn scanorama combat regress-out ", "",
         "replearn does not have it; replearn harmony corrects components for batches, and replearn vae takes batches and "
         "covariates as conditions"},
    Hint{Kind::verb,
         " normalize normalise normalize-total log1p hvg highly-variable-genes scale filter filter-cells "
         "filter-genes qc calculate-qc-metrics recipe pearson-residuals normalize-pearson-residuals ",
         "", "this is part of replearn preprocess"},
    Hint{Kind::verb, " knn nn neighbours graph ", "neighbors", ""},
    Hint{Kind::verb, " t-sne opentsne fitsne bhtsne sne ", "tsne", ""},
    Hint{Kind::verb, " scvi scvi-tools autoencoder ", "vae", ""},
    Hint{Kind::verb, " svd truncated-svd principal-components ", "pca", ""},
    Hint{Kind::verb, " mds isomap ", "",
         "replearn does not have it; replearn sammon preserves distances as metric MDS does"},
    Hint{Kind::verb, " nmf lda ica ", "",
         "replearn does not have it; replearn pca, ppca and factorize factorize matrices"},
    Hint{Kind::verb, " skipgram skip-gram cbow embed w2v gensim fasttext glove ", "word2vec", ""},
    Hint{Kind::verb, " doc2vec ", "", "replearn docs computes document vectors from word vectors"},
    Hint{Kind::verb, " distance distances distance-matrix ", "pdist", ""},
    Hint{Kind::verb, " most-similar similar ", "nearest", ""},
    Hint{Kind::verb, " info show head summary ls ", "inspect", ""},
    Hint{Kind::verb, " pipeline all main ", "run", ""},
    Hint{Kind::verb, " import export read write ", "convert", ""},
    Hint{Kind::verb, " draw picture scatter figure pl ", "plot", ""},
};

/// Lower case, with '-' for '_' and '.'.
std::string plain(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

bool lists(const std::string& words, const std::string& word) {
  return words.find(" " + word + " ") != std::string::npos;
}

bool has(const std::vector<std::string>& options, const std::string& option) {
  return std::find(options.begin(), options.end(), option) != options.end();
}

/// "tsne." and "n-iter" of run's "tsne.n_iter"; of another verb's "n_iter", "" and "n-iter".
std::pair<std::string, std::string> step_and_word(const std::string& name) {
  const auto dot = name.rfind('.');
  const std::string step = dot == std::string::npos ? "" : name.substr(0, dot + 1);
  return {step, plain(name.substr(step.size()))};
}

/// The hint for a name normalized by `plain`. call(ours): text for our name, empty if it does not exist.
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

AcceptedName accepted_name(const std::string& name, const std::vector<std::string>& options) {
  const auto [step, word] = step_and_word(name);
  if (has(options, step + word)) return {step + word, ""};
  for (const auto& alias : aliases) {
    if (!lists(alias.theirs, word) || has(options, step + alias.unless)) continue;
    std::istringstream names(alias.ours);
    for (std::string ours; names >> ours;) {
      if (has(options, step + ours)) return {step + ours, alias.remark};
    }
  }
  return {};
}

std::vector<std::string> names_accepted_for(const std::string& ours, const std::vector<std::string>& options) {
  std::vector<std::string> names;
  for (const auto& alias : aliases) {
    std::istringstream theirs(alias.theirs);
    for (std::string name; theirs >> name;) {
      if (name != ours && accepted_name(name, options).ours == ours) names.push_back(name);
    }
  }
  return names;
}

std::string hint_for_option(const std::string& name, const std::vector<std::string>& options) {
  const auto [step, word] = step_and_word(name);
  return find_hint(Kind::option, word, [&](const std::string& ours) {
    const std::string option = step + ours;
    return option != name && has(options, option) ? "--" + option : std::string();
  });
}

std::string hint_for_part(const std::string& name, const std::vector<std::string>& options) {
  const std::string word = plain(name);
  std::vector<std::string> whole;
  for (const auto& option : options) {
    const bool is_cut_short = word.size() >= 3 && option.starts_with(word);
    if (option.ends_with("." + word) || is_cut_short) whole.push_back(option);
  }
  if (whole.empty() || whole.size() > 8) return {};
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
